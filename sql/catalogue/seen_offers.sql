-- Offers that a sync has received, and whether their row could be stored. Parameters: account_type, sync_log_id.
SELECT
    emag_id,
    sync_status = 'synced' AS is_stored
FROM app.emag_products_v2
WHERE account_type = %(account_type)s AND last_sync_id = %(sync_log_id)s;
