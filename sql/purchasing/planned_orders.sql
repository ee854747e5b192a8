-- The purchases with what they cost at the quantity that is to be ordered: the rows of reorder_proposals.
-- Of a purchase of 0 that of the quantity that would have been bought. The cheapest is asked the same need; where what
-- is bought is not what rounding makes of the need, what is bought. Of equal ones it is the chosen one. Look-ups by
-- index.
SET LOCAL enable_nestloop = on;
CREATE TEMP TABLE planned_orders ON COMMIT DROP AS
SELECT
    purchase.sku,
    purchase.supplier_id,
    purchase.supplier_name,
    purchase.shipping,
    purchase.supplier_rule,
    purchase.raw_quantity,
    purchase.after_moq,
    purchase.after_pack,
    purchase.quantity,
    purchase.minimum_order_quantity,
    purchase.pack_size,
    cost.unit_price,
    cost.currency,
    cost.rate,
    cost.rate_date,
    cost.landed_unit_cost_ron,
    round(purchase.quantity * cost.landed_unit_cost_ron, 2) AS total_ron,
    round(greatest(purchase.quantity - purchase.raw_quantity, 0) * cost.landed_unit_cost_ron, 2) AS rounding_cost_ron,
    cost.problem AS cost_problem,
    cheapest.supplier_name AS cheapest_supplier_name,
    cheapest.landed_unit_cost_ron AS cheapest_landed_unit_cost_ron,
    round((cost.landed_unit_cost_ron - cheapest.landed_unit_cost_ron) * purchase.quantity, 2)
        AS difference_ron,
    purchase.order_by_date,
    purchase.ron_at_risk_per_day,
    purchase.most AS most_quantity,
    purchase.stock,
    round(purchase.mean, 4) AS month_demand,
    round(purchase.variance, 6) AS month_variance,
    purchase.margin AS margin_ron,
    round(
        (
            greatest(purchase.margin, 0)::double precision
            * (
                app.expected_short(purchase.stock, purchase.mean, purchase.variance)
                - app.expected_short(purchase.stock + purchase.quantity, purchase.mean, purchase.variance)
            )
        )::numeric,
        2
    ) AS margin_protected_ron,
    NULL::bigint AS budget_quantity,
    purchase.minimum_order_value_ron,
    nullif(
        concat_ws(
            '; ',
            CASE
                WHEN purchase.quantity = 0 THEN 'moq_lasts_too_long'
                WHEN purchase.quantity < purchase.after_pack THEN 'capped_to_cover'
            END,
            CASE WHEN purchase.is_filled THEN 'filled_to_minimum_order_value' END,
            CASE WHEN purchase.is_below_minimum THEN 'below_minimum_order_value' END,
            CASE WHEN purchase.supplier_id IS NULL THEN 'no_supplier' END,
            CASE WHEN purchase.supplier_rule = 'cost incomplete' THEN 'cost_incomplete' END,
            CASE WHEN coalesce(purchase.lead_time_source, 'default') = 'default' THEN 'lead_time_default' END,
            CASE WHEN purchase.is_overdue THEN 'order_overdue' END,
            CASE
                WHEN purchase.order_by_date < (now() AT TIME ZONE 'Europe/Bucharest')::date THEN 'order_late'
            END,
            CASE WHEN purchase.is_closed THEN 'supplier_closed' END,
            CASE WHEN purchase.is_never_sold THEN 'never_sold' END,
            purchase.objections,
            purchase.notes
        ),
        ''
    ) AS flags
FROM planned_purchases AS purchase
LEFT JOIN LATERAL app.landed_unit_cost(
    purchase.sku,
    purchase.supplier_id,
    purchase.shipping,
    CASE purchase.quantity WHEN 0 THEN purchase.after_pack ELSE purchase.quantity END
) AS cost ON TRUE
LEFT JOIN LATERAL (
    SELECT
        offer.supplier_name,
        other.landed_unit_cost_ron
    FROM app.supplier_offers AS offer
    CROSS JOIN
        LATERAL app.landed_unit_cost(
            offer.sku,
            offer.supplier_id,
            offer.shipping,
            app.rounded_quantity(
                CASE
                    WHEN purchase.quantity IN (0, purchase.after_pack) THEN purchase.raw_quantity
                    ELSE purchase.quantity
                END,
                offer.minimum_order_quantity,
                offer.pack_size
            )
        ) AS other
    WHERE offer.sku = purchase.sku AND other.landed_unit_cost_ron IS NOT NULL
    ORDER BY
        other.landed_unit_cost_ron,
        (offer.supplier_id, offer.shipping) <> (purchase.supplier_id, purchase.shipping),
        offer.rank
    LIMIT 1
) AS cheapest ON TRUE;
SET LOCAL enable_nestloop = off;
ALTER TABLE planned_orders ADD PRIMARY KEY (sku);
