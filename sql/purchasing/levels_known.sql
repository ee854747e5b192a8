-- What is known of each SKU of each warehouse before its levels are computed, by the names of the columns of
-- demand_levels, numbered. Parameters: most_cover_days, review_days, capital_cost.

CREATE TEMPORARY TABLE levels_known ON COMMIT DROP AS
-- Of several active offers of an account with one SKU the one that the report shows.
WITH today AS (
    SELECT (now() AT TIME ZONE 'Europe/Bucharest')::date AS day
),

offer AS (
    SELECT DISTINCT ON (account_type, sku)
        account_type,
        sku,
        coalesce(category_id::text, '') AS category,
        price,
        currency,
        (created_at AT TIME ZONE 'Europe/Bucharest')::date AS first_seen
    FROM app.emag_products_v2
    WHERE is_active
    ORDER BY account_type, sku, emag_id
),

-- What eMAG keeps: each number from the most exact row that has it.
fee AS (
    SELECT
        sold.account_type,
        sold.category,
        kept.commission_rate,
        kept.fulfilment_fee_ron
    FROM (SELECT DISTINCT
        offer.account_type,
        offer.category
    FROM offer) AS sold
    CROSS JOIN LATERAL app.fees_of(sold.account_type, sold.category) AS kept
),

-- Accounts on one warehouse sell the same pieces: their demand is one. They scatter independently.
pool AS (
    SELECT
        account.warehouse,
        demand.sku,
        sum(demand.expected_daily_demand) AS expected,
        sqrt(sum(demand.demand_error ^ 2)) AS error,
        sum(demand.daily_variance) AS variance,
        sqrt(sum((demand.monthly_variation * demand.expected_daily_demand) ^ 2))
        / nullif(sum(demand.expected_daily_demand) FILTER (WHERE demand.monthly_variation IS NOT NULL), 0)
            AS variation,
        bool_and(demand.demand_method = 'never sold') AS never_sold,
        bool_and(
            CASE demand.demand_method
                WHEN 'never sold' THEN demand.known_from <= (now() AT TIME ZONE 'Europe/Bucharest')::date - 180
                ELSE
                    demand.sellable_days >= 180
                    AND demand.mean_180 = 0
                    AND demand.last_sale < (now() AT TIME ZONE 'Europe/Bucharest')::date - 180
            END IS TRUE
        ) AS is_unsold
    FROM app.demand AS demand
    INNER JOIN app.configured_accounts AS account ON demand.account_type = account.account_type
    GROUP BY account.warehouse, demand.sku
),

supplier AS (
    SELECT * FROM app.supplier_offers
    WHERE rank = 1
),

fact AS (
    SELECT
        ordering.account_type,
        ordering.sku,
        ordering.warehouse,
        pool.expected::numeric(16, 4) AS expected_daily_demand,
        pool.variance::numeric(20, 6) AS daily_variance,
        pool.error::numeric(16, 4) AS demand_error,
        coalesce(supplier.minimum_order_quantity, 1) AS minimum_order_quantity,
        coalesce(supplier.pack_size, 1) AS pack_size,
        -- The part of the account's demand: a purchase is one for all accounts.
        pool.expected / nullif(sum(pool.expected) OVER (PARTITION BY ordering.sku), 0) AS part,
        supplier.supplier_id,
        supplier.shipping,
        coalesce(supplier.lead_time_days, 45) AS lead_time_days,
        coalesce(supplier.lead_time_spread_days, 10) AS lead_time_spread_days,
        coalesce(supplier.lead_time_source, 'default') AS lead_time_source,
        coalesce(policy.most_cover_days, %(most_cover_days)s::integer) AS most_cover_days,
        (offer.price * rate.ron)::numeric(20, 4) AS price_ron,
        fee.commission_rate,
        fee.fulfilment_fee_ron,
        nullif(supplier.landed_unit_cost_ron, 0) AS landed_unit_cost_ron,
        account.kind,
        pool.variation::numeric(14, 4) AS monthly_variation,
        pool.never_sold,
        coalesce(
            pool.is_unsold
            AND (NOT pool.never_sold OR offer.first_seen <= (now() AT TIME ZONE 'Europe/Bucharest')::date - 180),
            FALSE
        ) AS is_unsold
    FROM app.ordering_accounts AS ordering
    INNER JOIN app.configured_accounts AS account ON ordering.account_type = account.account_type
    INNER JOIN offer ON ordering.account_type = offer.account_type AND ordering.sku = offer.sku
    LEFT JOIN fee ON offer.account_type = fee.account_type AND offer.category = fee.category
    LEFT JOIN pool ON ordering.warehouse = pool.warehouse AND ordering.sku = pool.sku
    LEFT JOIN supplier ON ordering.sku = supplier.sku
    LEFT JOIN app.current_rates AS rate ON offer.currency = rate.currency
    LEFT JOIN app.item_policies AS policy
        ON
            ordering.account_type = policy.account_type
            AND ordering.sku = policy.sku
            AND coalesce(policy.valid_until >= (now() AT TIME ZONE 'Europe/Bucharest')::date, TRUE)
),

-- By how many closed days an order arrives later that is placed today, at the next review, in a week. Materialised, so
-- that it is computed per supplier: merged into the join, it would be per item and at each mention.
closing AS MATERIALIZED (
    SELECT
        coalesce(known.supplier_id, -1) AS supplier_id,
        known.lead_time_days,
        app.closed_days(today.day, known.lead_time_days, closed.days) AS closed_days_today,
        app.closed_days(today.day + %(review_days)s::integer, known.lead_time_days, closed.days)
            AS closed_days_next_review,
        app.closed_days(today.day + 7, known.lead_time_days, closed.days) AS closed_days_in_a_week
    FROM (SELECT DISTINCT
        fact.supplier_id,
        fact.lead_time_days
    FROM fact) AS known
    LEFT JOIN app.supplier_closed_days AS his ON known.supplier_id = his.supplier_id
    CROSS JOIN app.closed_for_all AS everyone
    CROSS JOIN today
    CROSS JOIN
        LATERAL ( -- noqa: ST05, of the row
            SELECT coalesce(his.closed, everyone.closed) AS days
        ) AS closed
),

earned AS (
    SELECT
        fact.*,
        closing.closed_days_today,
        closing.closed_days_next_review,
        closing.closed_days_in_a_week,
        app.margin_left(
            fact.price_ron,
            fact.commission_rate,
            app.fee_paid(fact.kind, fact.fulfilment_fee_ron),
            fact.landed_unit_cost_ron
        ) AS margin
    FROM fact
    INNER JOIN closing
        ON coalesce(fact.supplier_id, -1) = closing.supplier_id AND fact.lead_time_days = closing.lead_time_days
)

SELECT
    (row_number() OVER (ORDER BY account_type, sku) - 1)::integer AS number,
    account_type,
    sku,
    warehouse,
    greatest(minimum_order_quantity * part, pack_size * part, 1)::numeric(20, 4) AS least_lot,
    greatest(pack_size * part, 1)::numeric(20, 4) AS pack_part,
    expected_daily_demand,
    daily_variance,
    demand_error,
    supplier_id,
    shipping,
    lead_time_days,
    lead_time_spread_days,
    lead_time_source,
    closed_days_today,
    closed_days_next_review,
    closed_days_in_a_week,
    %(review_days)s::numeric(8, 2) AS review_days,
    %(capital_cost)s::numeric(9, 6) AS capital_cost,
    most_cover_days,
    price_ron,
    commission_rate,
    fulfilment_fee_ron,
    landed_unit_cost_ron,
    CASE WHEN margin IS NULL THEN price_ron ELSE landed_unit_cost_ron END AS unit_cost_ron,
    coalesce(margin, price_ron) AS margin_ron,
    CASE WHEN margin IS NOT NULL THEN 'margin' WHEN price_ron IS NOT NULL THEN 'revenue' END AS margin_source,
    CASE
        WHEN monthly_variation < 0.5 THEN 'X'
        WHEN monthly_variation < 1 THEN 'Y'
        WHEN monthly_variation >= 1 THEN 'Z'
    END AS xyz,
    monthly_variation,
    is_unsold,
    CASE
        WHEN never_sold THEN 'never_sold'
        WHEN num_nulls(expected_daily_demand, daily_variance, demand_error) > 0 THEN 'not_enough_data'
        WHEN price_ron IS NULL OR price_ron = 0 THEN 'no_price'
    END AS problem
FROM earned;

CREATE TEMPORARY TABLE levels_found (
    number integer,
    reorder_point bigint,
    order_up_to bigint,
    safety_stock bigint,
    lot numeric(20, 4),
    line_cost numeric(20, 6),
    chance_allowed numeric(10, 8),
    is_capped boolean,
    abc text
) ON COMMIT DROP
