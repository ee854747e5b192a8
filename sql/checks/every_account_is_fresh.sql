-- Accounts whose offers were last read, complete or in part, longer ago than three intervals of their schedule.
SELECT
    named.account_type,
    newest.completed_at AS last_read_at,
    round(extract(EPOCH FROM now() - newest.completed_at) / 60) AS minutes_ago
FROM unnest(%(accounts)s::text[]) AS named (account_type)
LEFT JOIN LATERAL (
    SELECT max(log.completed_at) AS completed_at
    FROM app.emag_sync_logs AS log
    WHERE
        log.account_type = named.account_type
        AND log.sync_type = 'products'
        AND log.status IN ('completed', 'partial')
        AND log.operation <> 'selective'
) AS newest ON TRUE
WHERE
    (%(account)s::text IS NULL OR named.account_type = %(account)s)
    AND (newest.completed_at IS NULL OR newest.completed_at < now() - 3 * make_interval(mins => %(interval)s))
ORDER BY named.account_type;
