-- Suppliers, by way of shipping, whose orders are worth less than they ask for at least, RON.
SELECT
    purchase.supplier_id,
    purchase.shipping,
    max(purchase.minimum_order_value_ron) - coalesce(sum(purchase.quantity * cost.unit_price * cost.rate), 0) AS lacking
FROM planned_purchases AS purchase
LEFT JOIN LATERAL app.landed_unit_cost(
    purchase.sku, purchase.supplier_id, purchase.shipping, purchase.quantity
) AS cost ON TRUE
WHERE purchase.quantity > 0 AND purchase.supplier_id IS NOT NULL
GROUP BY purchase.supplier_id, purchase.shipping
HAVING max(purchase.minimum_order_value_ron) > coalesce(sum(purchase.quantity * cost.unit_price * cost.rate), 0);
