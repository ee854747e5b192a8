-- Marks the offer of a row that could not be stored as seen, with the error.
-- Parameters: account_type, sync_log_id, emag_offer_id, reason, seen_at, is_replay.

UPDATE app.emag_products_v2
SET
    sync_status = 'error',
    sync_error = %(reason)s,
    last_sync_id = %(sync_log_id)s,
    last_synced_at = %(seen_at)s
WHERE
    account_type = %(account_type)s
    AND emag_id = %(emag_offer_id)s
    AND last_sync_id IS DISTINCT FROM %(sync_log_id)s; -- another row of the same id may have been stored

UPDATE app.emag_product_offers_v2
SET sync_attempts = CASE WHEN %(is_replay)s THEN greatest(sync_attempts, 1) ELSE sync_attempts + 1 END
WHERE account_type = %(account_type)s AND emag_offer_id = %(emag_offer_id)s;
