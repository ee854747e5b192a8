-- What syncs would have read of competitors in the three days before the demo home was made: of most offers what the
-- first sync read, and some crossed since. Once: only where nothing older than the first reading is known. Parameter:
-- opened.
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
    first.account_type,
    first.emag_offer_id,
    %(opened)s::timestamptz - interval '3 days' AS observed_at,
    CASE
        WHEN first.buy_button_rank = 1 AND mod(first.emag_offer_id, 40) = 1 THEN 2
        WHEN first.buy_button_rank > 1 AND mod(first.emag_offer_id, 40) = 2 THEN 1
        ELSE first.buy_button_rank
    END AS buy_button_rank,
    CASE
        WHEN first.buy_button_rank = 1 AND mod(first.emag_offer_id, 40) = 1
            THEN round(first.best_offer_sale_price * 0.97, 2)
        WHEN first.buy_button_rank > 1 AND mod(first.emag_offer_id, 40) = 2 THEN offer.price
        ELSE first.best_offer_sale_price
    END AS best_offer_sale_price,
    first.best_offer_recommended_price,
    CASE
        WHEN first.number_of_offers > 1 AND mod(first.emag_offer_id, 40) = 3 THEN first.number_of_offers - 1
        ELSE first.number_of_offers
    END AS number_of_offers
FROM (
    SELECT DISTINCT ON (account_type, emag_offer_id) *
    FROM app.emag_offer_market_history
    ORDER BY account_type, emag_offer_id, observed_at
) AS first
INNER JOIN app.emag_products_v2 AS offer
    ON first.account_type = offer.account_type AND first.emag_offer_id = offer.emag_id
WHERE
    NOT EXISTS (
        SELECT FROM app.emag_offer_market_history AS older
        WHERE older.observed_at < %(opened)s::timestamptz
    )
