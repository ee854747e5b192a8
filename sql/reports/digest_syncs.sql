-- Syncs of a period. Parameters: period, starts_on, accounts.
SELECT
    account_type,
    sync_type,
    syncs,
    completed,
    partial,
    failed,
    completed_share,
    completed_target,
    completed_enough,
    received,
    rejected,
    rejected_share,
    rejected_target,
    rejected_few_enough,
    median_seconds,
    longest_seconds,
    requests,
    throttled,
    requests_per_minute
FROM app.sync_statistics
WHERE period = %(period)s AND starts_on = %(starts_on)s AND account_type = any(%(accounts)s)
ORDER BY array_position(%(accounts)s::text[], account_type), sync_type;
