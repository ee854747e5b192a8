-- The begin of a sync. The account's lock is held: a log that is still open belongs to a process that died.

UPDATE app.emag_sync_logs
SET status = 'failed', completed_at = clock_timestamp(), errors = errors || %(died)s::jsonb
WHERE account_type = %(account_type)s AND status = 'running' AND sync_type = 'products';

DELETE FROM app.emag_sync_progress
WHERE
    sync_log_id IN (
        SELECT id FROM app.emag_sync_logs
        WHERE account_type = %(account_type)s AND sync_type = 'products'
    );

INSERT INTO app.emag_sync_logs (account_type, operation, parameters, triggered_by, dagster_run_id, started_at)
VALUES (
    %(account_type)s, %(operation)s, %(parameters)s, %(triggered_by)s, %(dagster_run_id)s, clock_timestamp()
)
RETURNING id, started_at;
