-- Purchases of SKUs that no account has ever sold and that no person asked for: set levels or a quantity by hand where
-- one is wanted.
SELECT
    purchase.sku,
    purchase.quantity
FROM app.reorder_proposals AS purchase
INNER JOIN app.reorder_shares AS share ON purchase.sku = share.sku
LEFT JOIN app.stock_levels AS levels ON share.account_type = levels.account_type AND share.sku = levels.sku
LEFT JOIN app.demand_levels AS demand ON share.account_type = demand.account_type AND share.sku = demand.sku
WHERE purchase.quantity > 0
GROUP BY purchase.sku, purchase.quantity
HAVING
    bool_and(
        coalesce(demand.problem = 'never_sold', FALSE)
        AND coalesce(levels.source <> 'manual' AND levels.reorder_quantity_set IS NULL, FALSE)
    )
ORDER BY purchase.sku;
