-- What all items of an account have in common when their demand is learned. Parameters: account_type, history_days.
-- The typical rate and the uplift are those of 2,000 items, chosen by the MD5 of the SKU, so that it costs the same for
-- any catalogue.

WITH today AS (
    SELECT (now() AT TIME ZONE 'Europe/Bucharest')::date AS day
),

span AS (
    SELECT
        day - %(history_days)s::integer AS first_day,
        day AS end_day,
        datemultirange(daterange(day - %(history_days)s::integer, day)) AS days
    FROM today
),

-- Of each type of orders: what was read whole, without the seams between windows.
stretch AS (
    SELECT
        order_type,
        unnest(range_agg(tstzrange(starts_at, read_to))) AS moments
    FROM app.emag_order_windows
    WHERE account_type = %(account_type)s AND axis = 'created' AND read_to IS NOT NULL
    GROUP BY order_type
),

whole_days AS (
    SELECT
        order_type,
        ((lower(moments) - interval '1 microsecond') AT TIME ZONE 'Europe/Bucharest')::date + 1 AS first_day,
        (upper(moments) AT TIME ZONE 'Europe/Bucharest')::date AS end_day
    FROM stretch
),

of_type AS (
    SELECT range_agg(daterange(first_day, greatest(first_day, end_day))) AS days
    FROM whole_days
    GROUP BY order_type
),

known AS (
    SELECT span.days * coalesce(range_intersect_agg(of_type.days), '{}') AS days
    FROM span
    LEFT JOIN of_type ON TRUE
    GROUP BY span.days
),

campaign AS (
    SELECT
        coalesce(range_agg(daterange(campaign.starts_on, campaign.ends_on + 1)), '{}') AS days,
        coalesce(range_agg(daterange(campaign.starts_on - 28, campaign.ends_on + 29)), '{}') AS around
    FROM app.campaign_days AS campaign
    INNER JOIN span ON campaign.ends_on >= span.first_day AND campaign.starts_on < span.end_day
),

product AS (
    SELECT DISTINCT sku FROM app.emag_products_v2
    WHERE account_type = %(account_type)s
),

item AS (
    SELECT sku FROM product
    ORDER BY md5(sku), sku
    LIMIT 2000
),

-- The largest order of a day counts as 20 pieces at most, the least cap of a spike: where few items sell, one order of
-- 800 pieces would make all of them look fast.
sale AS (
    SELECT
        sold.sku,
        sold.day,
        usual.units,
        (sum(usual.units) OVER of_item)::double precision
        / (upper(known.days) - min(sold.day) OVER of_item) AS rate
    FROM item
    INNER JOIN app.demand_days AS sold ON item.sku = sold.sku
    INNER JOIN known ON sold.day <@ known.days
    CROSS JOIN LATERAL (VALUES (sold.units - greatest(sold.largest_order - 20, 0))) AS usual (units)
    WHERE sold.account_type = %(account_type)s AND sold.units > 0
    WINDOW of_item AS (PARTITION BY sold.sku)
),

rate AS (
    SELECT DISTINCT
        sku,
        rate
    FROM sale
),

typical AS (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY rate) AS rate FROM rate
),

around AS (
    SELECT
        calendar.day::date AS day,
        calendar.day::date <@ campaign.days AS is_campaign
    FROM known
    CROSS JOIN campaign
    CROSS JOIN unnest(known.days * campaign.around) AS stretch (days)
    CROSS JOIN generate_series(lower(stretch.days), upper(stretch.days) - 1, interval '1 day') AS calendar (day)
),

-- A spike counts as the cap that it has at least.
sold_on AS (
    SELECT
        day,
        sum(least(units, greatest(20, 15 * rate))) AS units
    FROM sale
    GROUP BY day
),

uplift AS (
    SELECT
        avg(coalesce(sold_on.units, 0)) FILTER (WHERE around.is_campaign)
        / nullif(avg(coalesce(sold_on.units, 0)) FILTER (WHERE NOT around.is_campaign), 0) AS uplift
    FROM around
    LEFT JOIN sold_on ON around.day = sold_on.day
)

SELECT
    span.first_day,
    span.end_day AS today,
    known.days AS known,
    campaign.days AS campaigns,
    coalesce(typical.rate, 0) AS typical_rate,
    coalesce(uplift.uplift, 1) AS campaign_uplift,
    NOT EXISTS (
        SELECT FROM app.sales_elsewhere
        WHERE account_type = %(account_type)s AND quantity > 0
    ) AS is_emag_only
FROM span
CROSS JOIN known
CROSS JOIN campaign
CROSS JOIN typical
CROSS JOIN uplift
