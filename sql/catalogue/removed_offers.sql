-- Marks offers removed that this proven scan and the proven one before it did not see.
-- Parameters: sync_log_id, at (UTC).
-- An offer that any sync saw in between exists. Ids of syncs are compared, not times: the clocks of this host and of
-- the database may differ.

WITH this AS (
    SELECT
        account_type,
        id
    FROM app.emag_sync_logs
    WHERE id = %(sync_log_id)s
),

previous AS (
    SELECT max(log.id) AS id
    FROM app.emag_sync_logs AS log
    INNER JOIN this ON log.account_type = this.account_type
    WHERE log.sync_type = 'products' AND log.is_proven AND log.id <> this.id
),

removed AS (
    UPDATE app.emag_product_contents AS product
    SET removed_at = %(at)s, stock_above = NULL, stock_above_since = NULL
    FROM this, previous, app.emag_offers_seen AS seen
    WHERE
        product.account_type = this.account_type
        AND product.removed_at IS NULL
        AND seen.account_type = product.account_type
        AND seen.emag_id = product.emag_id
        AND seen.last_sync_id IS DISTINCT FROM this.id
        AND coalesce(greatest(seen.last_sync_id, seen.received_sync_id), 0) < previous.id
    RETURNING product.account_type, product.emag_id, product.sku, product.removed_at
),

hidden AS (
    UPDATE app.emag_offer_contents AS offer
    SET is_available = FALSE, visibility = 'hidden'
    FROM removed
    WHERE offer.account_type = removed.account_type AND offer.emag_offer_id = removed.emag_id
    RETURNING offer.account_type, offer.emag_offer_id, offer.price, offer.currency, offer.stock, offer.status
)

INSERT INTO app.emag_offer_history (
    account_type, emag_offer_id, valid_from, sku, price, currency, stock, status, is_removed
)
SELECT
    removed.account_type,
    removed.emag_id,
    removed.removed_at,
    removed.sku,
    hidden.price,
    hidden.currency,
    hidden.stock,
    hidden.status,
    TRUE AS is_removed
FROM removed
INNER JOIN hidden ON removed.account_type = hidden.account_type AND removed.emag_id = hidden.emag_offer_id
RETURNING emag_offer_id;
