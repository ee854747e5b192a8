-- Marks the offer of a row that could not be stored as seen, with the error; not one that was stored in this sync.
-- Parameters: account_type, sync_log_id, emag_offer_id, reason, seen_at, is_replay.

WITH seen AS (
    UPDATE app.emag_offers_seen
    SET
        raw_hash = CASE WHEN %(is_replay)s THEN raw_hash END, -- a replay meets rows of before the last reading
        last_sync_id = %(sync_log_id)s,
        last_synced_at = %(seen_at)s
    WHERE
        account_type = %(account_type)s
        AND emag_id = %(emag_offer_id)s
        AND last_sync_id IS DISTINCT FROM %(sync_log_id)s -- another row of the same id may have been stored
    RETURNING account_type, emag_id
),

product AS (
    UPDATE app.emag_product_contents AS product
    SET sync_status = 'error', sync_error = %(reason)s
    FROM seen
    WHERE product.account_type = seen.account_type AND product.emag_id = seen.emag_id
)

UPDATE app.emag_offer_contents
SET sync_attempts = CASE WHEN %(is_replay)s THEN greatest(sync_attempts, 1) ELSE sync_attempts + 1 END
WHERE
    account_type = %(account_type)s
    AND emag_offer_id = %(emag_offer_id)s
    AND (%(is_replay)s OR EXISTS (SELECT FROM seen));
