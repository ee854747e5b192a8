-- Closes stuck syncs: dead ones, whose lock has no owner, and ones past their deadline, whose session is terminated so
-- that it writes nothing more.
-- Parameters: older_than (minutes), young (seconds).

WITH stuck AS (
    SELECT
        sync_log_id,
        CASE
            WHEN holder_pid IS NULL AND unclosed_because IS NOT NULL
                THEN 'its end could not be written into its log: ' || rtrim(unclosed_because, '.')
            -- A server that went down, by a full disk or a kill, is not the sync's fault, and left it no way to log.
            WHEN holder_pid IS NULL AND started_at < pg_postmaster_start_time()
                THEN 'the database was started anew before it had ended'
            WHEN holder_pid IS NULL THEN 'nobody held the lock of its account: its process died'
            ELSE 'it was past its own limit, and its session was ended'
        END AS reason,
        CASE WHEN deadline_at < clock_timestamp() THEN pg_terminate_backend(holder_pid) END AS is_ended
    FROM app.running_syncs
    WHERE
        (
            holder_pid IS NULL
            AND started_at < clock_timestamp() - CASE
                WHEN deadline_at IS NULL THEN make_interval(mins => %(older_than)s)
                ELSE make_interval(secs => %(young)s)
            END
        )
        OR (
            started_at < clock_timestamp() - make_interval(mins => %(older_than)s)
            AND deadline_at < clock_timestamp() - make_interval(secs => %(young)s)
        )
),

closed AS (
    UPDATE app.emag_sync_logs AS log
    SET
        status = 'failed',
        completed_at = clock_timestamp(),
        errors = log.errors || jsonb_build_array(
            jsonb_build_object(
                'error', 'The sync was stuck and was closed: ' || stuck.reason || '.',
                'timestamp', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')
            )
        )
    FROM stuck
    WHERE log.id = stuck.sync_log_id AND log.status = 'running'
    RETURNING log.id, log.sync_type, log.account_type, log.started_at, stuck.reason
),

forgotten AS (
    DELETE FROM app.emag_sync_progress
    WHERE sync_log_id IN (SELECT closed.id FROM closed)
)

SELECT
    id,
    sync_type,
    account_type,
    started_at,
    reason
FROM closed
ORDER BY id;
