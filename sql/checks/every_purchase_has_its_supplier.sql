-- Purchases without a supplier, or whose cost is not complete: enter who sells it, and what is missing.
SELECT
    sku,
    quantity,
    supplier_name,
    coalesce(cost_problem, 'no supplier') AS problem
FROM app.reorder_proposals
WHERE quantity > 0 AND landed_unit_cost_ron IS NULL
ORDER BY sku;
