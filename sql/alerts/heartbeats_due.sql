-- The newest good sync of each account whose heartbeat was not called. A good sync of an hour ago says nothing of now.
SELECT
    newest.id,
    newest.account_type,
    newest.completed_at
FROM app.configured_accounts AS account
CROSS JOIN
    LATERAL (
        SELECT
            log.id,
            log.account_type,
            log.completed_at
        FROM app.emag_sync_logs AS log
        WHERE
            log.account_type = account.account_type
            AND log.sync_type = 'products'
            AND log.status = 'completed'
            AND log.operation <> 'selective'
        ORDER BY log.id DESC
        LIMIT 1
    ) AS newest
WHERE
    newest.completed_at BETWEEN now() - interval '1 hour' AND now()
    AND NOT EXISTS (
        SELECT FROM app.alert_deliveries AS delivery
        WHERE delivery.sync_id = newest.id AND delivery.what = 'heartbeat' AND delivery.delivered
    )
ORDER BY newest.id;
