-- The active items of an account whose price in RON is known, and their stock before a day. Parameters: account_type,
-- opening_day.
SELECT
    report.sku,
    report.price::double precision AS price_ron,
    coalesce(looked.last_stock, report.available_quantity)::double precision AS opening_stock
FROM app.low_stock_report AS report
LEFT JOIN app.stock_snapshots AS looked
    ON
        report.account_type = looked.account_type
        AND report.sku = looked.sku
        AND looked.day = %(opening_day)s::date - 1
WHERE report.account_type = %(account_type)s AND report.currency = 'RON' AND report.price > 0
ORDER BY report.sku
