-- Known offers that a sync saw and could not store, and how many they are: the first few, with their reasons.
-- Parameters: account_type, sync_log_id, most.
SELECT
    sku,
    sync_error,
    count(*) OVER () AS refused
FROM app.emag_products_v2
WHERE account_type = %(account_type)s AND last_sync_id = %(sync_log_id)s AND sync_status = 'error'
ORDER BY emag_id
LIMIT %(most)s;
