-- Opens the log of a sync. The caller owns the lock of its type and account, so a log that is still open is orphaned:
-- its process died, or could not close it. Parameters: sync_type, account_type, operation, parameters, triggered_by,
-- dagster_run_id.

UPDATE app.emag_sync_logs AS log
SET
    status = 'failed',
    completed_at = clock_timestamp(),
    errors = log.errors || jsonb_build_array(
        jsonb_build_object(
            'error', coalesce(
                (
                    SELECT progress.unclosed_because FROM app.emag_sync_progress AS progress
                    WHERE progress.sync_log_id = log.id
                ),
                'The process of this sync died before its end.'
            ),
            'timestamp', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')
        )
    )
WHERE log.account_type = %(account_type)s AND log.status = 'running' AND log.sync_type = %(sync_type)s;

DELETE FROM app.emag_sync_progress
WHERE
    sync_log_id IN (
        SELECT id FROM app.emag_sync_logs
        WHERE account_type = %(account_type)s AND sync_type = %(sync_type)s
    );

INSERT INTO app.emag_sync_logs (
    sync_type, account_type, operation, parameters, triggered_by, dagster_run_id, started_at
)
VALUES (
    %(sync_type)s,
    %(account_type)s,
    %(operation)s,
    %(parameters)s,
    %(triggered_by)s,
    %(dagster_run_id)s,
    clock_timestamp()
)
RETURNING id, started_at;
