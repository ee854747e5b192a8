-- History of competitors' values: a new row when one differs from the newest.

INSERT INTO app.emag_offer_market_history (
    account_type,
    emag_offer_id,
    observed_at,
    buy_button_rank,
    best_offer_sale_price,
    best_offer_recommended_price,
    number_of_offers
)
SELECT
    incoming.account_type,
    incoming.emag_id,
    -- Later than the previous row, even if a clock ahead of this host's wrote that.
    greatest(incoming.seen_at, newest.observed_at + interval '1 microsecond') AS observed_at,
    incoming.buy_button_rank,
    incoming.best_offer_sale_price,
    incoming.best_offer_recommended_price,
    incoming.number_of_offers
FROM incoming_offers AS incoming
LEFT JOIN LATERAL (
    SELECT
        history.observed_at,
        history.buy_button_rank,
        history.best_offer_sale_price,
        history.best_offer_recommended_price,
        history.number_of_offers
    FROM app.emag_offer_market_history AS history
    WHERE
        history.account_type = incoming.account_type
        AND history.emag_offer_id = incoming.emag_id
    ORDER BY history.observed_at DESC
    LIMIT 1
) AS newest ON TRUE
WHERE
    incoming.change <> 'created'
    AND (
        incoming.buy_button_rank,
        incoming.best_offer_sale_price,
        incoming.best_offer_recommended_price,
        incoming.number_of_offers
    ) IS DISTINCT FROM (
        newest.buy_button_rank,
        newest.best_offer_sale_price,
        newest.best_offer_recommended_price,
        newest.number_of_offers
    )
ON CONFLICT DO NOTHING;
