-- Orders of this sync with a status that nobody knows. Parameters: account_type, sync_log_id.
SELECT
    status,
    count(*) AS orders
FROM app.emag_orders
WHERE
    account_type = %(account_type)s
    AND last_sync_id = %(sync_log_id)s
    AND (status IS NULL OR status NOT BETWEEN 0 AND 5)
GROUP BY status
ORDER BY status;
