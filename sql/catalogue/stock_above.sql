-- Marks offers that were low and are missing from a read of all with at most `bound` pieces: they have more, or are
-- gone. Parameters: account_type, sync_log_id, bound, at (UTC).

WITH above AS (
    UPDATE app.emag_product_contents AS product
    SET stock_above = %(bound)s, stock_above_since = %(at)s
    FROM app.emag_offers_seen AS seen
    WHERE
        product.account_type = %(account_type)s
        AND product.removed_at IS NULL
        AND seen.account_type = product.account_type
        AND seen.emag_id = product.emag_id
        AND seen.last_sync_id IS DISTINCT FROM %(sync_log_id)s
        AND app.known_stock(product.general_stock, product.stock_quantity, product.stock_above) <= %(bound)s
    RETURNING
        product.account_type,
        product.emag_id,
        product.sku,
        product.price,
        product.currency,
        product.status,
        product.stock_above,
        product.stock_above_since
),

for_sale AS (
    UPDATE app.emag_offer_contents AS offer
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
