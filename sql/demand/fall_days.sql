-- Pieces that the stock of items fell on each day that says it, as arrays of many items. Parameters: account_type,
-- skus, first_day, end_day.
SELECT
    array_agg(item.number) AS items,
    array_agg(falls.day - %(first_day)s::date) AS days,
    array_agg(falls.fall::real) AS falls
FROM app.stock_falls(%(account_type)s, %(skus)s::text[], %(first_day)s::date, %(end_day)s::date) AS falls
INNER JOIN demand_items AS item ON falls.sku = item.sku
GROUP BY item.number / 512
