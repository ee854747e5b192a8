-- The part of each day on which items could be sold, where that is known, as arrays of many items. Parameters:
-- account_type, skus (null: all), first_day, end_day.
SELECT
    array_agg(item.number) AS items,
    array_agg(looked.day - %(first_day)s::date) AS days,
    array_agg(looked.samples_sellable::real / looked.samples) AS shares
FROM app.stock_snapshots AS looked
INNER JOIN demand_items AS item ON looked.sku = item.sku
WHERE
    looked.account_type = %(account_type)s
    AND (%(skus)s::text[] IS NULL OR looked.sku = any(%(skus)s))
    AND looked.day >= %(first_day)s::date
    AND looked.day < %(end_day)s::date
    AND looked.samples_sellable IS NOT NULL
GROUP BY item.number / 512
