-- Marks offers as seen whose rows are, byte for byte, those of the last reading. Returns their ids, and whether the
-- body of the page is kept already.
-- Parameters: account_type, sync_log_id, seen_at (UTC), sha256, emag_ids, raw_hashes (two lists, in one order).
-- A row that says nothing new says something all the same when the offer was taken for gone, for more than a bound, or
-- could not be stored: it is read then.

WITH known AS (
    UPDATE app.emag_offers_seen AS seen
    SET
        last_sync_id = %(sync_log_id)s,
        last_synced_at = %(seen_at)s,
        last_stored_at = %(seen_at)s
    FROM
        unnest(%(emag_ids)s::bigint[], %(raw_hashes)s::bytea[]) AS came (emag_id, raw_hash),
        app.emag_product_contents AS product
    WHERE
        seen.account_type = %(account_type)s
        AND seen.emag_id = came.emag_id
        AND seen.raw_hash = came.raw_hash
        AND product.account_type = %(account_type)s
        AND product.emag_id = came.emag_id
        AND product.sync_status = 'synced'
        AND product.removed_at IS NULL
        AND product.stock_above IS NULL
    RETURNING seen.emag_id
),

-- Locked, so that retention does not delete it meanwhile.
body AS (
    SELECT kept.sha256
    FROM app.raw_emag_product_bodies AS kept
    WHERE kept.sha256 = %(sha256)s
    FOR KEY SHARE
)

SELECT
    array(SELECT known.emag_id FROM known) AS emag_ids,
    exists(SELECT FROM body) AS has_body;
