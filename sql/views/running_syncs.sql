-- Syncs whose status is running, and whether they are alive: then their session holds the advisory lock of their type
-- and account.
CREATE OR REPLACE VIEW app.running_syncs AS
SELECT
    log.id AS sync_log_id,
    log.account_type,
    log.started_at,
    log.dagster_run_id,
    progress.deadline_at,
    holder.pid AS holder_pid,
    log.sync_type,
    progress.unclosed_because
FROM app.emag_sync_logs AS log
LEFT JOIN app.emag_sync_progress AS progress ON log.id = progress.sync_log_id
LEFT JOIN pg_locks AS holder
    ON
        holder.locktype = 'advisory'
        AND holder.granted
        AND holder.objsubid = 1
        AND holder.database = (SELECT here.oid FROM pg_database AS here WHERE here.datname = current_database())
        -- pg_locks shows a bigint key in two halves.
        AND (holder.classid::bigint << 32) | holder.objid::bigint
        = hashtextextended(
            'magflow: sync ' || log.account_type
            || CASE WHEN log.sync_type = 'products' THEN '' ELSE ' ' || log.sync_type END, 0
        )
        AND (progress.backend_pid IS NULL OR progress.backend_pid = holder.pid)
WHERE log.status = 'running';
COMMENT ON VIEW app.running_syncs IS
'One row per sync that says it is running, with the session that holds its type and account';
COMMENT ON COLUMN app.running_syncs.sync_log_id IS 'The sync (emag_sync_logs.id)';
COMMENT ON COLUMN app.running_syncs.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.running_syncs.started_at IS 'Start, UTC';
COMMENT ON COLUMN app.running_syncs.dagster_run_id IS 'The Dagster run, to look up in its UI';
COMMENT ON COLUMN app.running_syncs.deadline_at IS
'When the sync ends by itself at the latest, UTC; null: another program wrote it down';
COMMENT ON COLUMN app.running_syncs.holder_pid IS
'Process id of the database session of the sync that holds the account for its type; null: it does not, so the sync'
' is dead';
COMMENT ON COLUMN app.running_syncs.sync_type IS 'What is read: products is the catalogue with its offers';
COMMENT ON COLUMN app.running_syncs.unclosed_because IS
'How it ended, where that could not be written into its log; null: it has not said';
