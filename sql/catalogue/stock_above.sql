-- Marks offers that were low and are missing from a read of all with at most `bound` pieces: they have more, or are
-- gone. Parameters: account_type, sync_log_id, bound, at (UTC).

WITH above AS (
    UPDATE app.emag_products_v2
    SET stock_above = %(bound)s, stock_above_since = %(at)s
    WHERE
        account_type = %(account_type)s
        AND removed_at IS NULL
        AND last_sync_id IS DISTINCT FROM %(sync_log_id)s
        AND app.known_stock(general_stock, stock_quantity, stock_above) <= %(bound)s
    RETURNING account_type, emag_id, sku, price, currency, status, stock_above, stock_above_since
),

for_sale AS (
    UPDATE app.emag_product_offers_v2 AS offer
    SET is_available = offer.visibility = 'visible'
    FROM above
    WHERE offer.account_type = above.account_type AND offer.emag_offer_id = above.emag_id
)

INSERT INTO app.emag_offer_history (
    account_type, emag_offer_id, valid_from, sku, price, currency, stock, stock_above, status
)
SELECT
    account_type,
    emag_id,
    stock_above_since,
    sku,
    price,
    currency,
    NULL AS stock,
    stock_above,
    status
FROM above;
