-- The statistics of syncs that ended within a day and that the webhook has not taken, oldest first. Those of the
-- catalogue wait for their report, at most a quarter of an hour: a build may fail.
SELECT
    log.id,
    log.sync_type,
    log.account_type,
    log.operation,
    log.status,
    log.started_at,
    log.completed_at,
    log.duration_seconds,
    log.is_complete,
    log.total_items,
    log.processed_items,
    log.created_items,
    log.updated_items,
    log.unchanged_items,
    log.failed_items,
    log.duplicate_items,
    log.removed_items,
    log.held_back_items,
    log.pages_processed,
    log.pages_failed,
    log.api_requests_made,
    log.rate_limit_hits,
    log.triggered_by,
    log.errors
FROM app.emag_sync_logs AS log
INNER JOIN app.configured_accounts AS account ON log.account_type = account.account_type
LEFT JOIN app.builds AS report ON log.account_type = report.account_type AND report.name = 'low_stock_report'
WHERE
    log.status <> 'running'
    AND log.started_at > now() - interval '8 days' -- no sync takes longer
    AND log.completed_at BETWEEN now() - interval '1 day' AND now()
    AND (
        log.sync_type <> 'products'
        OR report.built_from >= log.id
        OR log.status = 'failed'
        OR log.completed_at < now() - interval '15 minutes'
    )
    AND NOT EXISTS (
        SELECT FROM app.alert_deliveries AS delivery
        WHERE delivery.sync_id = log.id AND delivery.what = 'sync' AND delivery.delivered
    )
ORDER BY log.id;
