-- The active items of an account whose price in RON is known, their stock before a day, and what is known of the
-- supplier chosen today; null: nobody told. Parameters: account_type, opening_day.
SELECT
    report.sku,
    report.price::double precision AS price_ron,
    coalesce(looked.last_stock, report.available_quantity)::double precision AS opening_stock,
    nullif(offer.landed_unit_cost_ron, 0)::double precision AS unit_cost_ron,
    CASE WHEN offer.lead_time_source <> 'default' THEN offer.lead_time_days END::double precision AS lead_time_days,
    offer.lead_time_spread_days::double precision AS lead_time_spread_days,
    coalesce(offer.minimum_order_quantity, 1)::double precision AS moq,
    coalesce(offer.pack_size, 1)::double precision AS pack_size
FROM app.low_stock_report AS report
LEFT JOIN app.stock_snapshots AS looked
    ON
        report.account_type = looked.account_type
        AND report.sku = looked.sku
        AND looked.day = %(opening_day)s::date - 1
LEFT JOIN app.supplier_offers AS offer ON report.sku = offer.sku AND offer.rank = 1
WHERE report.account_type = %(account_type)s AND report.currency = 'RON' AND report.price > 0
ORDER BY report.sku
