-- What changed at offers from one reading to the next: the seller's own prices, and the race for the buy button. Each
-- row looks up the one before it by the key of the table: a week of moves costs a week of look-ups, not a sort of all.
CREATE OR REPLACE VIEW app.price_moves AS
SELECT
    moved.account_type,
    moved.emag_offer_id,
    moved.sku,
    product.name,
    product.brand,
    moved.valid_from AS moved_at,
    (moved.valid_from AT TIME ZONE 'Europe/Bucharest')::date AS day,
    before.price AS price_before,
    moved.price,
    before.currency AS currency_before,
    moved.currency,
    CASE WHEN moved.currency = before.currency THEN moved.price - before.price END AS change,
    CASE
        WHEN moved.currency = before.currency
            THEN round((moved.price / nullif(before.price, 0) - 1) * 100, 2)
    END AS change_percent
FROM app.emag_offer_history AS moved
CROSS JOIN
    LATERAL (
        SELECT
            earlier.price,
            earlier.currency
        FROM app.emag_offer_history AS earlier
        WHERE
            earlier.account_type = moved.account_type
            AND earlier.emag_offer_id = moved.emag_offer_id
            AND earlier.valid_from < moved.valid_from
        ORDER BY earlier.valid_from DESC
        LIMIT 1
    ) AS before
LEFT JOIN app.emag_products_v2 AS product
    ON moved.account_type = product.account_type AND moved.emag_offer_id = product.emag_id
WHERE (moved.price, moved.currency) IS DISTINCT FROM (before.price, before.currency);
COMMENT ON VIEW app.price_moves IS
'Each change of an offer''s price, one row each, with the price before and after it. The first price of an offer is no'
' change';
COMMENT ON COLUMN app.price_moves.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.price_moves.emag_offer_id IS 'Seller''s offer id';
COMMENT ON COLUMN app.price_moves.sku IS 'Seller''s SKU at that time';
COMMENT ON COLUMN app.price_moves.name IS 'Title of the product now';
COMMENT ON COLUMN app.price_moves.brand IS 'Brand now';
COMMENT ON COLUMN app.price_moves.moved_at IS 'When the new price was first read, UTC';
COMMENT ON COLUMN app.price_moves.day IS 'The day of that in Europe/Bucharest';
COMMENT ON COLUMN app.price_moves.price_before IS
'Selling price before, without VAT, in currency_before; null: there was none';
COMMENT ON COLUMN app.price_moves.price IS 'Selling price since then, without VAT, in currency; null: there is none';
COMMENT ON COLUMN app.price_moves.currency_before IS 'ISO 4217 code of price_before';
COMMENT ON COLUMN app.price_moves.currency IS 'ISO 4217 code of price';
COMMENT ON COLUMN app.price_moves.change IS
'price - price_before; null: one of them is missing, or the currency is another or not known';
COMMENT ON COLUMN app.price_moves.change_percent IS
'change as a part of price_before, %; null as change, and after a price of 0';

CREATE OR REPLACE VIEW app.buy_box_moves AS
SELECT
    moved.account_type,
    moved.emag_offer_id,
    product.sku,
    product.name,
    product.brand,
    moved.observed_at AS moved_at,
    (moved.observed_at AT TIME ZONE 'Europe/Bucharest')::date AS day,
    CASE
        WHEN moved.buy_button_rank = 1 THEN 'won'
        WHEN before.buy_button_rank = 1 AND moved.buy_button_rank IS NULL THEN 'left'
        WHEN before.buy_button_rank = 1 THEN 'lost'
        ELSE 'moved'
    END AS move,
    before.buy_button_rank AS rank_before,
    moved.buy_button_rank AS rank,
    before.best_offer_sale_price AS best_price_before,
    moved.best_offer_sale_price AS best_price,
    before.number_of_offers AS offers_before,
    moved.number_of_offers AS offers
FROM app.emag_offer_market_history AS moved
CROSS JOIN
    LATERAL (
        SELECT
            earlier.buy_button_rank,
            earlier.best_offer_sale_price,
            earlier.number_of_offers
        FROM app.emag_offer_market_history AS earlier
        WHERE
            earlier.account_type = moved.account_type
            AND earlier.emag_offer_id = moved.emag_offer_id
            AND earlier.observed_at < moved.observed_at
        ORDER BY earlier.observed_at DESC
        LIMIT 1
    ) AS before
INNER JOIN app.emag_products_v2 AS product
    ON moved.account_type = product.account_type AND moved.emag_offer_id = product.emag_id
WHERE moved.buy_button_rank IS DISTINCT FROM before.buy_button_rank;
COMMENT ON VIEW app.buy_box_moves IS
'Each change of an offer''s place in the race for the buy button, one row each, with the place before and after it;'
' where each stands now is in price_position';
COMMENT ON COLUMN app.buy_box_moves.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.buy_box_moves.emag_offer_id IS 'Seller''s offer id';
COMMENT ON COLUMN app.buy_box_moves.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.buy_box_moves.name IS 'Title of the product';
COMMENT ON COLUMN app.buy_box_moves.brand IS 'Brand';
COMMENT ON COLUMN app.buy_box_moves.moved_at IS 'When the new place was first read, UTC';
COMMENT ON COLUMN app.buy_box_moves.day IS 'The day of that in Europe/Bucharest';
COMMENT ON COLUMN app.buy_box_moves.move IS
'won: it has the buy button since; lost: another seller has it since; left: eMAG gives it no place any more, such as'
' without stock; moved: neither before nor after was it first';
COMMENT ON COLUMN app.buy_box_moves.rank_before IS 'Place before, 1: it had the buy button; null: it had none';
COMMENT ON COLUMN app.buy_box_moves.rank IS 'Place since then; null: it has none';
COMMENT ON COLUMN app.buy_box_moves.best_price_before IS 'Best price of any seller before, without VAT';
COMMENT ON COLUMN app.buy_box_moves.best_price IS 'Best price of any seller then, without VAT';
COMMENT ON COLUMN app.buy_box_moves.offers_before IS 'Sellers with active offers before';
COMMENT ON COLUMN app.buy_box_moves.offers IS 'Sellers with active offers then';
