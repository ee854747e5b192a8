-- What speaks against buying an item: nobody can buy it now, others have had the buy button for long, or a competitor
-- asks less than it costs. Index look-ups: the history of the market is long.
SET LOCAL enable_nestloop = on;
CREATE TEMP TABLE planned_objections ON COMMIT DROP AS
SELECT
    need.account_type,
    need.sku,
    nullif(
        concat_ws(
            '; ',
            CASE WHEN NOT need.is_sellable THEN 'not_sellable' END,
            CASE
                WHEN
                    newest.buy_button_rank > 1
                    AND then_valid.buy_button_rank > 1
                    AND NOT EXISTS (
                        SELECT FROM app.emag_offer_market_history AS since
                        WHERE
                            since.account_type = need.account_type
                            AND since.emag_offer_id = need.emag_id
                            AND since.observed_at > now() - make_interval(days => %(lost_buy_box_days)s)
                            AND coalesce(since.buy_button_rank, 1) <= 1
                    )
                    THEN 'lost_buy_box'
            END,
            CASE
                WHEN app.sound_price(newest.best_offer_sale_price) * need.rate < offer.landed_unit_cost_ron
                    THEN 'competitor_below_cost'
            END
        ),
        ''
    ) AS codes
FROM planned_needs AS need
LEFT JOIN app.supplier_offers AS offer ON need.sku = offer.sku AND offer.rank = 1
LEFT JOIN LATERAL (
    SELECT
        market.buy_button_rank,
        market.best_offer_sale_price
    FROM app.emag_offer_market_history AS market
    WHERE market.account_type = need.account_type AND market.emag_offer_id = need.emag_id
    ORDER BY market.observed_at DESC
    LIMIT 1
) AS newest ON TRUE
LEFT JOIN LATERAL (
    SELECT market.buy_button_rank
    FROM app.emag_offer_market_history AS market
    WHERE
        market.account_type = need.account_type
        AND market.emag_offer_id = need.emag_id
        AND market.observed_at <= now() - make_interval(days => %(lost_buy_box_days)s)
    ORDER BY market.observed_at DESC
    LIMIT 1
) AS then_valid ON TRUE;
SET LOCAL enable_nestloop = off;
ANALYZE planned_objections (account_type, sku);

-- The needs, and why some are not bought. What a person snoozed or refused is not bought, and may be moved.
CREATE TEMP TABLE planned_wants ON COMMIT DROP AS
SELECT
    need.*, -- noqa: AM04, all that is known
    objection.codes AS objections,
    app.need_is_blocked(
        need.raw_quantity,
        need.available - need.sent_away,
        need.reorder_point,
        need.source,
        need.problem,
        need.reorder_quantity_set,
        need.is_unread,
        need.is_ordered_elsewhere,
        objection.codes,
        need.order_anyway
    ) AS blocked,
    hold.code AS hold
FROM planned_needs AS need
INNER JOIN planned_objections AS objection
    ON need.account_type = objection.account_type AND need.sku = objection.sku
LEFT JOIN app.purchase_holds AS hold ON need.sku = hold.sku;
ANALYZE planned_wants (account_type, sku, raw_quantity, blocked, hold);
