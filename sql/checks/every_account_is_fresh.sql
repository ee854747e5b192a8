-- Accounts whose offers were last read, complete or in part, longer ago than three intervals of their schedule.
WITH newest AS (
    SELECT
        named.account_type,
        max(log.completed_at) AS last_read_at
    FROM unnest(%(accounts)s::text[]) AS named (account_type)
    LEFT JOIN app.emag_sync_logs AS log
        ON
            named.account_type = log.account_type
            AND log.sync_type = 'products'
            AND log.status IN ('completed', 'partial')
            AND log.operation <> 'selective'
            AND log.completed_at = app.sound_time(log.completed_at) -- infinity would be fresh for ever
    GROUP BY named.account_type
)

SELECT
    account_type,
    last_read_at,
    round(extract(EPOCH FROM now() - last_read_at) / 60) AS minutes_ago
FROM newest
WHERE last_read_at IS NULL OR last_read_at < now() - 3 * make_interval(mins => %(interval)s)
ORDER BY account_type;
