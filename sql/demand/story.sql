-- One item's newest days in an account, oldest first: what it sold, its stock, for which part of the day it could be
-- sold, and campaigns. units null: not known. Parameters: account, sku, days.
WITH whole AS (
    SELECT
        known_from,
        known_to
    FROM app.demand
    WHERE account_type = %(account)s AND sku = %(sku)s
),

shown AS (
    SELECT (now() AT TIME ZONE 'Europe/Bucharest')::date - back AS day
    FROM generate_series(0, %(days)s::integer - 1) AS back
)

SELECT
    shown.day,
    coalesce(
        sold.units, CASE WHEN shown.day BETWEEN whole.known_from AND whole.known_to THEN 0 END
    ) AS units,
    sold.ordered_units,
    sold.returned_units,
    sold.elsewhere_units,
    sold.orders,
    sold.largest_order,
    stock.last_stock AS stock,
    round(stock.samples_sellable::numeric / stock.samples, 2) AS sellable_share,
    campaign.names AS campaigns
FROM shown
LEFT JOIN whole ON TRUE
LEFT JOIN app.demand_days AS sold
    ON sold.account_type = %(account)s AND sold.sku = %(sku)s AND shown.day = sold.day
LEFT JOIN app.stock_snapshots AS stock
    ON stock.account_type = %(account)s AND stock.sku = %(sku)s AND shown.day = stock.day
LEFT JOIN LATERAL (
    SELECT string_agg(each.name, ', ' ORDER BY each.starts_on, each.name) AS names
    FROM app.campaign_days AS each
    WHERE shown.day BETWEEN each.starts_on AND each.ends_on
) AS campaign ON TRUE
ORDER BY shown.day;
