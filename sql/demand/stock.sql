-- The stock of items on days, from some pages of the table, as arrays. Few and long values, as each costs the same:
--   share: (days since the day before the first × items + item number) × 2^32 + samples sellable × 2^16 + samples, both
--   0 where it is not known how many were sellable;
--   stock: pieces at the first sample × 2^32 + pieces at the last;
--   uneven, inside: where stock both fell and rose in a day: the first part of share's number, and the pieces that it
--   fell at least, whichever of the fewest and the most came first.
-- By pages, because the rows lie in the order of days: a GROUP BY item would keep them all in the server's memory.
-- Parameters: account_type, skus (null: all), first_day, end_day, seen_from (what never sold is read from there on),
-- items, first_page, end_page.
WITH looked AS (
    SELECT
        ((stock.day - %(first_day)s::date + 1) * %(items)s::integer + item.number)::bigint AS cell,
        stock.first_stock,
        stock.last_stock,
        stock.min_stock,
        stock.max_stock,
        stock.samples,
        stock.samples_sellable,
        stock.min_stock < least(stock.first_stock, stock.last_stock)
        OR stock.max_stock > greatest(stock.first_stock, stock.last_stock) AS is_uneven
    FROM app.stock_snapshots AS stock
    INNER JOIN demand_items AS item ON stock.sku = item.sku
    WHERE
        stock.ctid >= %(first_page)s::tid
        AND stock.ctid < %(end_page)s::tid
        AND stock.account_type = %(account_type)s
        AND (%(skus)s::text[] IS NULL OR stock.sku = any(%(skus)s))
        AND stock.day >= %(first_day)s::date - 1
        AND stock.day < %(end_day)s::date
        AND (item.is_sold OR stock.day >= %(seen_from)s::date - 1)
)

SELECT
    array_agg(
        (cell << 32) + CASE WHEN samples_sellable IS NULL THEN 0 ELSE (samples_sellable << 16) + samples END
    ) AS share,
    array_agg((least(first_stock, 2147483647) << 32) + least(last_stock, 2147483647)) AS stock,
    array_agg(cell::integer) FILTER (WHERE is_uneven) AS uneven,
    array_agg(least(first_stock - min_stock + max_stock - last_stock, max_stock - min_stock)::real)
    FILTER (WHERE is_uneven) AS inside
FROM looked
HAVING count(*) > 0
