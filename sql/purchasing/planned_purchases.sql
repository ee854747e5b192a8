-- Of each SKU that is lacking one purchase: from whom, how much, at which cost. purchasing/purchases.py explains the
-- quantities.

-- What each account lacks after transfers.
CREATE TEMP TABLE planned_lacks ON COMMIT DROP AS
WITH moved AS (
    SELECT
        to_account,
        sku,
        sum(quantity)::bigint AS quantity
    FROM planned_transfers
    GROUP BY to_account, sku
),

lack AS (
    SELECT
        want.*,
        greatest(0, want.raw_quantity - coalesce(moved.quantity, 0)) AS left_to_buy,
        want.position + coalesce(moved.quantity, 0) AS stock,
        want.variance * want.lead_days + (want.error * want.lead_days) ^ 2 + (want.daily * want.lead_spread) ^ 2
            AS scatter,
        want.variance * (want.lead_days + 7) + (want.error * (want.lead_days + 7)) ^ 2
        + (want.daily * want.lead_spread) ^ 2 AS scatter_in_a_week,
        want.variance * (want.lead_days + 30) + (want.error * (want.lead_days + 30)) ^ 2
        + (want.daily * want.lead_spread) ^ 2 AS scatter_in_a_month
    FROM planned_wants AS want
    LEFT JOIN moved ON want.account_type = moved.to_account AND want.sku = moved.sku
    WHERE
        want.blocked IS NULL
        AND want.hold IS NULL
        AND (
            want.raw_quantity > 0
            -- What is not lacking may fill an order up to the supplier's least value.
            OR (
                want.raw_quantity = 0
                AND want.source IN ('manual', 'demand')
                AND want.reorder_quantity_set IS NULL
                AND (want.objections IS NULL OR want.order_anyway)
                AND want.daily > 0
                AND want.margin > 0
            )
        )
)

SELECT
    account_type,
    sku,
    left_to_buy AS raw_quantity,
    stock,
    daily,
    margin,
    -- Nothing caps what a person said to order, or what nobody can forecast.
    CASE
        WHEN reorder_quantity_set IS NULL AND daily IS NOT NULL
            THEN greatest(0, floor(most_cover_days * daily)::bigint - stock)
    END AS most,
    order_by_date,
    overdue > 0 AS is_overdue,
    coalesce(problem = 'never_sold', FALSE) AS is_never_sold,
    source AS level_source,
    objections,
    daily * (lead_days + 30) AS mean,
    scatter_in_a_month AS variance,
    round(
        (
            greatest(margin, 0)::double precision
            * least(
                app.expected_short(stock, daily * (lead_days + 7), scatter_in_a_week)
                - app.expected_short(stock, daily * lead_days, scatter),
                daily::double precision * 7
            ) / 7
        )::numeric,
        2
    ) AS ron_at_risk_per_day
FROM lack;
ANALYZE planned_lacks (account_type, sku, raw_quantity);

CREATE TEMP TABLE planned_skus ON COMMIT DROP AS
WITH whole AS (
    SELECT
        sku,
        max(raw_quantity) > 0 AS is_lacking
    FROM planned_lacks
    GROUP BY sku
)

SELECT
    lack.sku,
    sum(lack.raw_quantity)::bigint AS raw_quantity,
    CASE WHEN bool_and(lack.most IS NOT NULL) THEN sum(lack.most)::bigint END AS most,
    sum(greatest(lack.stock, 0))::bigint AS stock,
    sum(lack.mean) AS mean,
    sum(lack.variance) AS variance,
    round(sum(lack.margin * lack.daily) / nullif(sum(lack.daily), 0), 4) AS margin,
    min(lack.order_by_date) AS order_by_date,
    sum(lack.ron_at_risk_per_day) AS ron_at_risk_per_day,
    bool_or(lack.is_overdue) AS is_overdue,
    bool_and(lack.is_never_sold) AS is_never_sold,
    string_agg(DISTINCT lack.objections, '; ') AS objections
FROM planned_lacks AS lack
INNER JOIN whole ON lack.sku = whole.sku
WHERE lack.raw_quantity > 0 OR NOT whole.is_lacking
GROUP BY lack.sku;
ANALYZE planned_skus (sku, raw_quantity);

-- Each offer at the quantity that it would have to be ordered in; look-ups by index.
SET LOCAL enable_nestloop = on;
CREATE TEMP TABLE planned_offers ON COMMIT DROP AS
SELECT
    need.sku,
    offer.supplier_id,
    offer.shipping,
    offer.supplier_name,
    offer.is_preferred,
    offer.is_verified,
    offer.minimum_order_quantity,
    offer.pack_size,
    offer.minimum_order_value_ron,
    offer.lead_time_source,
    cost.landed_unit_cost_ron
FROM planned_skus AS need
INNER JOIN app.supplier_offers AS offer ON need.sku = offer.sku
CROSS JOIN
    LATERAL app.landed_unit_cost(
        offer.sku,
        offer.supplier_id,
        offer.shipping,
        app.rounded_quantity(need.raw_quantity, offer.minimum_order_quantity, offer.pack_size)
    ) AS cost
WHERE need.raw_quantity > 0;
SET LOCAL enable_nestloop = off;

CREATE TEMP TABLE planned_purchases ON COMMIT DROP AS
WITH chosen AS (
    SELECT DISTINCT ON (sku)
        *,
        count(landed_unit_cost_ron) OVER of_sku AS complete,
        count(landed_unit_cost_ron) FILTER (WHERE NOT is_preferred) OVER of_sku AS not_preferred,
        count(landed_unit_cost_ron) FILTER (WHERE NOT is_verified) OVER (PARTITION BY sku, is_preferred) AS not_verified
    FROM planned_offers
    WINDOW of_sku AS (PARTITION BY sku)
    ORDER BY
        sku,
        landed_unit_cost_ron IS NULL,
        NOT is_preferred,
        NOT is_verified,
        landed_unit_cost_ron,
        supplier_name COLLATE "C",
        supplier_id,
        shipping COLLATE "C"
),

rounded AS (
    SELECT
        need.*,
        chosen.supplier_id,
        chosen.supplier_name,
        chosen.shipping,
        CASE
            WHEN chosen.supplier_id IS NULL THEN 'no supplier'
            WHEN chosen.landed_unit_cost_ron IS NULL THEN 'cost incomplete'
            WHEN chosen.complete = 1 THEN 'only one'
            WHEN chosen.is_preferred AND chosen.not_preferred > 0 THEN 'preferred'
            WHEN chosen.is_verified AND chosen.not_verified > 0 THEN 'verified'
            ELSE 'cheapest'
        END AS supplier_rule,
        coalesce(chosen.minimum_order_quantity, 1) AS minimum_order_quantity,
        coalesce(chosen.pack_size, 1) AS pack_size,
        chosen.minimum_order_value_ron,
        chosen.lead_time_source,
        greatest(need.raw_quantity, chosen.minimum_order_quantity) AS after_moq,
        app.rounded_quantity(need.raw_quantity, chosen.minimum_order_quantity, chosen.pack_size) AS after_pack
    FROM planned_skus AS need
    LEFT JOIN chosen ON need.sku = chosen.sku
    WHERE need.raw_quantity > 0
)

SELECT
    *, -- noqa: AM04, all that is known
    app.capped_quantity(after_pack, most, minimum_order_quantity, pack_size) AS quantity,
    FALSE AS is_filled,
    FALSE AS is_below_minimum
FROM rounded;
ALTER TABLE planned_purchases ADD PRIMARY KEY (sku);
ANALYZE planned_purchases (sku);
