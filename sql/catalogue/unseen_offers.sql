-- Unmarks offers as seen that an earlier reading of a sync showed and its last one did not. That an older
-- sync saw them stays: any lower id stands for it.
-- Parameters: account_type, sync_log_id, emag_ids.
UPDATE app.emag_offers_seen
SET last_sync_id = %(sync_log_id)s - 1, received_sync_id = %(sync_log_id)s
WHERE
    account_type = %(account_type)s
    AND last_sync_id = %(sync_log_id)s
    AND emag_id = any(%(emag_ids)s)
RETURNING emag_id;
