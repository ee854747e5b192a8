-- Whether the account was read whole before: only then an offer that a scan skips is missed.
-- Parameters: account_type, sync_log_id.
SELECT count(*) > 0 AS is_known
FROM app.emag_sync_logs
WHERE
    account_type = %(account_type)s
    AND sync_type = 'products'
    AND operation = 'full'
    AND id < %(sync_log_id)s
    AND (
        is_complete
        -- One that went on where another one died: it concludes nothing, but what it read is known.
        OR (status = 'completed' AND coalesce((parameters ->> 'include_inactive')::boolean, TRUE))
    );
