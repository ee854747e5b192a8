-- The purchases with what they cost at the quantity that is to be ordered: the rows of reorder_proposals.
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
    purchase.cheapest_supplier_name,
    purchase.cheapest_landed_unit_cost_ron,
    round((cost.landed_unit_cost_ron - purchase.cheapest_landed_unit_cost_ron) * purchase.quantity, 2)
        AS difference_ron,
    purchase.order_by_date,
    purchase.ron_at_risk_per_day,
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
            CASE WHEN purchase.lead_time_source = 'default' THEN 'lead_time_default' END,
            CASE WHEN purchase.is_overdue THEN 'order_overdue' END,
            CASE WHEN purchase.is_never_sold THEN 'never_sold' END,
            purchase.objections
        ),
        ''
    ) AS flags
FROM planned_purchases AS purchase
LEFT JOIN LATERAL app.landed_unit_cost(
    purchase.sku, purchase.supplier_id, purchase.shipping, nullif(purchase.quantity, 0)
) AS cost ON TRUE;
ALTER TABLE planned_orders ADD PRIMARY KEY (sku);
