-- All days with sales of items, as arrays of many items; days before the first are negative. Parameters: account_type,
-- skus (null: all), first_day, end_day.
SELECT
    array_agg(item.number) AS items,
    array_agg(sold.day - %(first_day)s::date) AS days,
    array_agg(sold.units::real) AS units,
    array_agg(sold.largest_order::real) AS largest_order
FROM app.demand_days AS sold
INNER JOIN demand_items AS item ON sold.sku = item.sku
WHERE
    sold.account_type = %(account_type)s
    AND (%(skus)s::text[] IS NULL OR sold.sku = any(%(skus)s))
    AND sold.day < %(end_day)s::date
    AND sold.units > 0
GROUP BY item.number / 512
