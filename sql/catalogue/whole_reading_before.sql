-- Whether the account was read whole before: only then is an offer that a scan skips noticed.
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
        -- A sync that resumed a dead one: it proves nothing, but its offers are known.
        OR (status = 'completed' AND coalesce((parameters ->> 'include_inactive')::boolean, TRUE))
    );
