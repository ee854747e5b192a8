-- What the plan knows of each active item of each configured account, before what is on its way.
CREATE TEMP TABLE planned_items ON COMMIT DROP AS
WITH first_offer AS ( -- of several active offers of an account with one SKU, the one that the report shows
    SELECT
        account_type,
        sku,
        min(emag_id) AS emag_id
    FROM app.emag_products_v2
    WHERE is_active
    GROUP BY account_type, sku
)

SELECT
    levels.account_type,
    levels.sku,
    account.kind,
    account.country,
    account.ordering_rank,
    levels.warehouse_id,
    offer.emag_id,
    levels.quantity - levels.reserved AS available,
    levels.reorder_point,
    levels.maximum,
    levels.source,
    levels.reorder_quantity_set,
    coalesce(ordering.account_type <> levels.account_type, FALSE) AS is_ordered_elsewhere,
    levels.quantity = 0 AND app.stock_is_unread(offer.general_stock, offer.notes) AS is_unread,
    sellable.codes IS NULL AS is_sellable,
    app.sound_time(terms.last_synced_at) AS stock_read_at,
    rate.ron AS rate,
    coalesce(demand.problem, CASE WHEN demand.reorder_point IS NULL THEN 'not_enough_data' END) AS problem,
    demand.expected_daily_demand AS daily,
    demand.daily_variance AS variance,
    demand.demand_error AS error,
    demand.supplier_id,
    demand.lead_time_days AS open_days,
    -- Of an order of today, and of one in a week: closed days count.
    demand.lead_time_days + demand.closed_days_today AS lead_days,
    demand.lead_time_days + 7 + demand.closed_days_in_a_week AS days_in_a_week,
    demand.closed_days_next_review,
    demand.lead_time_spread_days AS lead_spread,
    demand.margin_ron AS margin,
    coalesce(policy.order_anyway, FALSE) AS order_anyway,
    coalesce(policy.most_cover_days, %(most_cover_days)s) AS most_cover_days
FROM app.stock_levels AS levels
INNER JOIN app.configured_accounts AS account ON levels.account_type = account.account_type
INNER JOIN first_offer ON levels.account_type = first_offer.account_type AND levels.sku = first_offer.sku
INNER JOIN app.emag_products_v2 AS offer
    ON first_offer.account_type = offer.account_type AND first_offer.emag_id = offer.emag_id
LEFT JOIN app.emag_product_offers_v2 AS terms
    ON offer.account_type = terms.account_type AND offer.emag_id = terms.emag_offer_id
LEFT JOIN app.ordering_accounts AS ordering
    ON account.warehouse = ordering.warehouse AND levels.sku = ordering.sku AND ordering.shares_warehouse
LEFT JOIN app.demand_levels AS demand ON levels.account_type = demand.account_type AND levels.sku = demand.sku
LEFT JOIN app.item_policies AS policy
    ON
        levels.account_type = policy.account_type
        AND levels.sku = policy.sku
        AND coalesce(policy.valid_until >= (now() AT TIME ZONE 'Europe/Bucharest')::date, TRUE)
LEFT JOIN app.current_rates AS rate ON offer.currency = rate.currency
CROSS JOIN
    LATERAL app.not_sellable_codes(
        offer.status,
        coalesce(terms.price, offer.price),
        offer.validation_status,
        offer.offer_validation_status,
        offer.translation_validation_status,
        coalesce(terms.visibility, 'visible') = 'hidden'
    ) AS sellable
WHERE levels.is_active;
ANALYZE planned_items (account_type, sku, warehouse_id);
