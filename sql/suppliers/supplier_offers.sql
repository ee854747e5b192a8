-- The rows of supplier_offers, by the names of its columns: one per active supplier, SKU and way of shipping.
-- supplier_unit_prices is built before it. Parameters: rate_age_days and price_age_days, after which a rate and a price
-- are old.

WITH name AS MATERIALIZED (
    SELECT
        supplier_id,
        canonical_id,
        supplier_name,
        is_preferred
    FROM app.supplier_names
    WHERE is_active
),

rate AS MATERIALIZED (
    SELECT
        currency,
        ron,
        rate_date < (now() AT TIME ZONE 'Europe/Bucharest')::date - %(rate_age_days)s AS is_old
    FROM app.current_rates
),

-- Of several rows of one supplier, the one written last. An amount without a rate is null in RON, but for 0.
terms AS MATERIALIZED (
    SELECT DISTINCT ON (name.canonical_id, told.sku, told.shipping)
        told.*,
        name.canonical_id,
        CASE told.freight_per_kg WHEN 0 THEN 0 ELSE told.freight_per_kg * rate.ron END AS kg_ron,
        CASE told.freight_per_m3 WHEN 0 THEN 0 ELSE told.freight_per_m3 * rate.ron END AS m3_ron,
        CASE told.freight_per_order WHEN 0 THEN 0 ELSE told.freight_per_order * rate.ron END AS order_ron,
        CASE told.minimum_order_value WHEN 0 THEN 0 ELSE told.minimum_order_value * rate.ron END AS value_ron,
        coalesce(rate.is_old AND greatest(told.freight_per_kg, told.freight_per_m3, told.freight_per_order) > 0, FALSE)
            AS freight_is_by_old_rate
    FROM app.supplier_terms AS told
    INNER JOIN name ON told.supplier_id = name.supplier_id
    LEFT JOIN rate ON coalesce(told.currency, 'CNY') = rate.currency
    ORDER BY
        name.canonical_id,
        told.sku,
        told.shipping,
        told.updated_at > app.latest_time(), -- none was written in the future
        told.updated_at DESC,
        told.supplier_id
),

listed AS MATERIALIZED (
    SELECT
        sku,
        supplier_id,
        price_cny,
        supplier_url,
        is_verified
    FROM app.supplier_prices
),

price AS MATERIALIZED (
    SELECT
        *,
        lead(minimum_quantity) OVER (PARTITION BY sku, supplier_id ORDER BY minimum_quantity) AS below,
        min(minimum_quantity) OVER (PARTITION BY sku, supplier_id) AS least_quantity
    FROM app.supplier_unit_prices
),

-- Who sells what: by a price, by a match that a person confirmed, or by terms of the SKU.
article AS (
    SELECT
        sku,
        supplier_id,
        bool_or(is_verified) AS is_verified,
        max(least_quantity) AS least_quantity
    FROM (
        SELECT
            sku,
            supplier_id,
            is_verified,
            NULL::bigint AS least_quantity
        FROM listed
        UNION ALL
        SELECT
            sku,
            supplier_id,
            FALSE AS is_verified,
            least_quantity
        FROM price
        UNION ALL
        SELECT
            product.sku,
            name.canonical_id AS supplier_id,
            TRUE AS is_verified,
            NULL AS least_quantity
        FROM app.supplier_products AS match
        INNER JOIN name ON match.supplier_id = name.supplier_id
        INNER JOIN app.products AS product ON match.local_product_id = product.id
        WHERE match.is_active AND match.manual_confirmed
        UNION ALL
        SELECT
            sku,
            canonical_id AS supplier_id,
            FALSE AS is_verified,
            NULL AS least_quantity
        FROM terms
        WHERE sku <> ''
    ) AS known
    GROUP BY sku, supplier_id
),

way AS (
    SELECT
        article.sku,
        article.supplier_id,
        terms.shipping
    FROM article
    INNER JOIN terms ON article.supplier_id = terms.canonical_id AND terms.sku = ''
    UNION
    SELECT
        sku,
        canonical_id AS supplier_id,
        shipping
    FROM terms
    WHERE sku <> ''
),

-- A delivery is one observation, however many SKUs came with it.
delivery AS MATERIALIZED (
    SELECT DISTINCT
        name.canonical_id AS supplier_id,
        receipt.sku,
        receipt.shipping,
        receipt.ordered_on,
        receipt.received_on,
        receipt.reference,
        app.open_days(receipt.ordered_on, receipt.received_on, coalesce(known.closed, '{}')) AS days
    FROM app.supplier_receipts AS receipt
    INNER JOIN name ON receipt.supplier_id = name.supplier_id
    LEFT JOIN app.supplier_closed_days AS known ON name.canonical_id = known.supplier_id
    WHERE receipt.received_on <= (now() AT TIME ZONE 'Europe/Bucharest')::date
),

learned_of_sku AS (
    SELECT
        supplier_id,
        shipping,
        sku,
        avg(days) AS lead,
        stddev_samp(days) AS spread
    FROM delivery
    GROUP BY supplier_id, shipping, sku
    HAVING count(*) >= 3
),

learned AS (
    SELECT
        supplier_id,
        shipping,
        avg(days) AS lead,
        stddev_samp(days) AS spread
    FROM (
        SELECT DISTINCT
            supplier_id,
            shipping,
            ordered_on,
            received_on,
            reference,
            days
        FROM delivery
    ) AS one
    GROUP BY supplier_id, shipping
    HAVING count(*) >= 3
),

needed AS (
    SELECT
        demand.sku,
        least(ceil(sum(demand.expected_daily_demand) * 30), 1000000000)::bigint AS pieces
    FROM app.demand AS demand
    INNER JOIN app.configured_accounts AS account ON demand.account_type = account.account_type
    GROUP BY demand.sku
),

-- What holds for a SKU goes before what holds for all articles; an amount is in the currency of its own row.
-- OFFSET 0 here and below is a fence: the next steps reuse computed columns, instead of computing them at each mention.
asked AS (
    SELECT
        article.sku,
        article.supplier_id,
        coalesce(way.shipping, 'usual') AS shipping,
        name.supplier_name,
        name.is_preferred,
        article.is_verified,
        round(coalesce(by_sku.lead, learned.lead, own.lead_time_days, usual.lead_time_days, app.lead_time_days()), 2)
            AS lead_time_days,
        CASE
            WHEN by_sku.lead IS NOT NULL THEN round(by_sku.spread, 2)
            WHEN learned.lead IS NOT NULL THEN round(learned.spread, 2)
            WHEN coalesce(own.lead_time_days, usual.lead_time_days) IS NULL THEN app.lead_time_spread_days()
            ELSE coalesce(
                own.lead_time_spread_days,
                usual.lead_time_spread_days,
                round(
                    coalesce(own.lead_time_days, usual.lead_time_days) * app.lead_time_spread_days()
                    / app.lead_time_days(),
                    2
                )
            )
        END AS lead_time_spread_days,
        CASE
            WHEN coalesce(by_sku.lead, learned.lead) IS NOT NULL THEN 'receipts'
            WHEN coalesce(own.lead_time_days, usual.lead_time_days) IS NOT NULL THEN 'terms'
            ELSE 'default'
        END AS lead_time_source,
        greatest(coalesce(own.minimum_order_quantity, usual.minimum_order_quantity), article.least_quantity, 1)
            AS minimum_order_quantity,
        coalesce(own.pack_size, usual.pack_size, 1) AS pack_size,
        coalesce(needed.pieces, 0) AS needed,
        weighed.weight_kg,
        weighed.volume_m3,
        weighed.duty_rate,
        coalesce(own.freight_per_kg, usual.freight_per_kg) AS per_kg,
        coalesce(own.freight_per_m3, usual.freight_per_m3) AS per_m3,
        coalesce(own.freight_per_order, usual.freight_per_order) AS per_order,
        coalesce(own.minimum_order_value, usual.minimum_order_value) AS order_value,
        CASE WHEN own.freight_per_kg IS NULL THEN usual.kg_ron ELSE own.kg_ron END AS kg_ron,
        CASE WHEN own.freight_per_m3 IS NULL THEN usual.m3_ron ELSE own.m3_ron END AS m3_ron,
        CASE WHEN own.freight_per_order IS NULL THEN usual.order_ron ELSE own.order_ron END AS order_ron,
        CASE WHEN own.minimum_order_value IS NULL THEN usual.value_ron ELSE own.value_ron END AS order_value_ron,
        coalesce(own.freight_is_by_old_rate OR usual.freight_is_by_old_rate, FALSE) AS freight_is_by_old_rate,
        own.sku IS NULL AND usual.sku IS NULL AS has_no_terms,
        coalesce(own.lead_time_spread_days, usual.lead_time_spread_days) IS NULL AS has_no_spread
    FROM article
    INNER JOIN name ON article.supplier_id = name.supplier_id
    LEFT JOIN way ON article.sku = way.sku AND article.supplier_id = way.supplier_id
    LEFT JOIN terms AS own
        ON article.supplier_id = own.canonical_id AND article.sku = own.sku AND way.shipping = own.shipping
    LEFT JOIN terms AS usual
        ON article.supplier_id = usual.canonical_id AND way.shipping = usual.shipping AND usual.sku = ''
    LEFT JOIN learned_of_sku AS by_sku
        ON
            article.supplier_id = by_sku.supplier_id
            AND article.sku = by_sku.sku
            AND coalesce(way.shipping, 'usual') = by_sku.shipping
    LEFT JOIN learned
        ON article.supplier_id = learned.supplier_id AND coalesce(way.shipping, 'usual') = learned.shipping
    LEFT JOIN app.product_costs AS weighed ON article.sku = weighed.sku
    LEFT JOIN needed ON article.sku = needed.sku
    OFFSET 0 -- noqa: AM09, no row is left out
),

weighed AS (
    SELECT
        asked.*,
        app.rounded_quantity(greatest(needed, 1), minimum_order_quantity, pack_size) AS planning_quantity,
        CASE
            WHEN per_kg > 0 AND (kg_ron IS NULL OR weight_kg IS NULL) THEN NULL
            WHEN per_m3 > 0 AND (m3_ron IS NULL OR volume_m3 IS NULL) THEN NULL
            ELSE app.sound_cost(
                round(coalesce(kg_ron * weight_kg, 0) + coalesce(m3_ron * volume_m3, 0), 6)
            )
        END AS freight_per_piece_ron,
        CASE WHEN per_order > 0 THEN app.sound_cost(round(order_ron, 6)) ELSE 0 END AS freight_per_order_ron,
        nullif(
            concat_ws(
                '; ',
                CASE
                    WHEN
                        per_kg > 0 AND kg_ron IS NULL
                        OR per_m3 > 0 AND m3_ron IS NULL
                        OR per_order > 0 AND order_ron IS NULL
                        THEN 'no_freight_rate'
                END,
                CASE WHEN per_kg > 0 AND weight_kg IS NULL THEN 'no_weight' END,
                CASE WHEN per_m3 > 0 AND volume_m3 IS NULL THEN 'no_volume' END
            ),
            ''
        ) AS freight_problem
    FROM asked
    OFFSET 0 -- noqa: AM09, no row is left out
),

priced AS (
    SELECT
        weighed.*,
        price.unit_price,
        price.currency,
        price.asked_on,
        price.rate,
        price.rate_date,
        app.landed_cost(
            price.unit_price,
            price.rate,
            weighed.freight_per_piece_ron,
            weighed.freight_per_order_ron,
            weighed.duty_rate,
            weighed.planning_quantity
        ) AS landed
    FROM weighed
    LEFT JOIN price
        ON
            weighed.sku = price.sku
            AND weighed.supplier_id = price.supplier_id
            AND weighed.planning_quantity >= price.minimum_quantity
            AND (weighed.planning_quantity < price.below) IS NOT FALSE
    OFFSET 0 -- noqa: AM09, no row is left out
),

compared AS (
    SELECT
        *,
        count(landed) OVER (PARTITION BY sku) AS complete,
        count(landed) FILTER (WHERE NOT is_preferred) OVER (PARTITION BY sku) AS not_preferred,
        count(landed) FILTER (WHERE NOT is_verified) OVER (PARTITION BY sku, is_preferred) AS not_verified,
        row_number() OVER (
            PARTITION BY sku
            ORDER BY
                landed IS NULL,
                is_preferred DESC,
                is_verified DESC,
                landed,
                supplier_name COLLATE "C",
                supplier_id,
                shipping COLLATE "C"
        ) AS place
    FROM priced
)

SELECT
    compared.sku,
    compared.supplier_id,
    compared.shipping,
    compared.supplier_name,
    compared.is_preferred,
    compared.is_verified,
    compared.lead_time_days,
    compared.lead_time_spread_days,
    compared.lead_time_source,
    compared.minimum_order_quantity,
    compared.pack_size,
    round(compared.order_value_ron, 4) AS minimum_order_value_ron,
    compared.asked_on,
    compared.rate,
    compared.rate_date,
    compared.freight_per_piece_ron,
    compared.freight_per_order_ron,
    compared.freight_problem,
    compared.duty_rate,
    compared.planning_quantity,
    compared.unit_price,
    compared.currency,
    compared.landed AS landed_unit_cost_ron,
    app.cost_problem(
        compared.unit_price, compared.currency, compared.rate, compared.landed, compared.freight_problem
    ) AS problem,
    nullif(
        concat_ws(
            '; ',
            CASE
                WHEN compared.has_no_terms THEN 'no_terms'
                WHEN coalesce(compared.per_kg, compared.per_m3, compared.per_order) IS NULL THEN 'no_freight'
            END,
            CASE WHEN compared.duty_rate IS NULL THEN 'no_duty' END,
            CASE WHEN compared.lead_time_source = 'terms' AND compared.has_no_spread THEN 'spread_assumed' END,
            CASE
                WHEN compared.order_value > 0 AND compared.order_value_ron IS NULL THEN 'minimum_value_without_rate'
            END,
            CASE WHEN coalesce(rate.is_old, FALSE) OR compared.freight_is_by_old_rate THEN 'rate_old' END,
            CASE
                WHEN
                    compared.asked_on < (now() AT TIME ZONE 'Europe/Bucharest')::date - %(price_age_days)s
                    THEN 'price_old'
            END
        ),
        ''
    ) AS notes,
    compared.place AS rank,
    CASE
        WHEN compared.landed IS NULL THEN 'cost incomplete'
        WHEN compared.complete = 1 THEN 'only one'
        WHEN compared.is_preferred AND compared.not_preferred > 0 THEN 'preferred'
        WHEN compared.is_verified AND compared.not_verified > 0 THEN 'verified'
        ELSE 'cheapest'
    END AS rule,
    listed.price_cny AS list_price_cny,
    listed.supplier_url
FROM compared
LEFT JOIN listed ON compared.sku = listed.sku AND compared.supplier_id = listed.supplier_id
LEFT JOIN rate ON compared.currency = rate.currency
