-- Offers that an earlier reading of a sync showed and its last one did not: the sync has not seen them. That an older
-- one has stays: the number of any older sync stands for it.
-- Parameters: account_type, sync_log_id, emag_ids.
UPDATE app.emag_products_v2
SET last_sync_id = %(sync_log_id)s - 1, received_sync_id = %(sync_log_id)s
WHERE
    account_type = %(account_type)s
    AND last_sync_id = %(sync_log_id)s
    AND emag_id = any(%(emag_ids)s)
RETURNING emag_id;
