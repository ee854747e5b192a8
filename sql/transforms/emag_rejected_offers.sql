-- A row that could not be stored: kept, and told on the offer it is of, which was seen all the same.
-- Parameters: account_type, sync_log_id, page, emag_offer_id, reason, payload, seen_at.

INSERT INTO app.emag_rejected_offers (account_type, sync_log_id, page, emag_offer_id, reason, payload, rejected_at)
VALUES (
    %(account_type)s, %(sync_log_id)s, %(page)s, %(emag_offer_id)s, %(reason)s, %(payload)s, %(seen_at)s
);

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
SET sync_attempts = sync_attempts + 1
WHERE account_type = %(account_type)s AND emag_offer_id = %(emag_offer_id)s;
