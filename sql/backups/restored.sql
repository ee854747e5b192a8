-- A database was restored: what ran in it when its back-up was taken has ended, and that back-up is proven.
-- Parameters: size (bytes), tables, rows. Returns the number of syncs that were closed.

WITH closed AS (
    UPDATE app.emag_sync_logs
    SET
        status = 'failed',
        completed_at = clock_timestamp(),
        errors = errors || jsonb_build_array(
            jsonb_build_object(
                'error', 'The database was restored from a back-up that was taken while this sync ran.',
                'timestamp', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')
            )
        )
    WHERE status = 'running'
    RETURNING id
),

forgotten AS (
    DELETE FROM app.emag_sync_progress
    WHERE sync_log_id IN (SELECT closed.id FROM closed)
),

proven AS (
    UPDATE app.backups
    SET
        finished_at = clock_timestamp(),
        proven_at = clock_timestamp(),
        size_bytes = %(size)s,
        tables = %(tables)s,
        rows_held = %(rows)s
    WHERE finished_at IS NULL
)

SELECT count(*) AS closed_syncs FROM closed;
