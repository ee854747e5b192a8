-- Lines of open orders that fit no configured account: their pieces are not deducted, and may be
-- ordered again.
SELECT
    line_id,
    purchase_order_id,
    sku,
    quantity,
    problem
FROM app.open_order_lines
WHERE problem IS NOT NULL
ORDER BY line_id;
