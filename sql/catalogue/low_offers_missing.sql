-- A sample of the offers that were low and are missing from a read of all with at most `bound` pieces: spread over
-- the catalogue, different in each sync. Parameters: account_type, sync_log_id, bound, most.
SELECT emag_id
FROM app.emag_products_v2
WHERE
    account_type = %(account_type)s
    AND removed_at IS NULL
    AND last_sync_id IS DISTINCT FROM %(sync_log_id)s
    AND app.known_stock(general_stock, stock_quantity, stock_above) <= %(bound)s
ORDER BY md5(emag_id || ' ' || %(sync_log_id)s)
LIMIT %(most)s;
