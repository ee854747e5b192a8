-- Notes what the budget buys.
UPDATE planned_orders SET budget_quantity = bought.quantity
FROM unnest(%(skus)s::text[], %(quantities)s::bigint[]) AS bought (sku, quantity)
WHERE planned_orders.sku = bought.sku;
