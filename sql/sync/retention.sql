-- Deletes old rows, except those that later syncs need: the newest sync of each type and account, and the last
-- complete one with its pages.
-- Parameters: log_days, raw_days, snapshot_days, alert_days. Serialised by an advisory lock: several syncs may end at
-- once.

SELECT pg_advisory_xact_lock(hashtextextended('magflow: retention', 0));

DELETE FROM app.raw_emag_product_pages AS page
WHERE
    page.fetched_at < now() - make_interval(days => %(raw_days)s)
    AND page.sync_log_id < coalesce(
        (
            SELECT max(log.id) FROM app.emag_sync_logs AS log
            WHERE log.account_type = page.account_type AND log.sync_type = 'products' AND log.is_complete
        ),
        0
    );

-- Of a log that is deleted, the numbers stay: statistics look further back.
WITH numbered AS (
    SELECT
        id,
        is_complete,
        row_number() OVER (PARTITION BY sync_type, account_type, is_complete ORDER BY id DESC) AS place
    FROM app.emag_sync_logs
),

-- The newest sync, the last complete one, and the complete one before it, which removal compares with.
kept AS (
    SELECT id
    FROM numbered
    WHERE place = 1 OR (is_complete AND place = 2)
),

deleted AS (
    DELETE FROM app.emag_sync_logs
    WHERE
        status <> 'running'
        AND completed_at < now() - make_interval(days => %(log_days)s)
        AND id NOT IN (SELECT kept.id FROM kept)
        -- Its pages are deleted with it: where they are kept longer than logs, so is the log.
        AND (
            completed_at < now() - make_interval(days => %(raw_days)s)
            OR NOT EXISTS (SELECT FROM app.raw_emag_product_pages AS page WHERE page.sync_log_id = emag_sync_logs.id)
        )
    RETURNING *
)

INSERT INTO app.past_syncs (
    id, sync_type, account_type, operation, status, started_at, completed_at, processed_items, created_items,
    updated_items, removed_items, failed_items, api_requests_made, rate_limit_hits
)
SELECT
    id,
    sync_type,
    account_type,
    operation,
    status,
    started_at,
    completed_at,
    processed_items,
    created_items,
    updated_items,
    removed_items,
    failed_items,
    api_requests_made,
    rate_limit_hits
FROM deleted
WHERE started_at = app.sound_time(started_at) AND completed_at = app.sound_time(completed_at)
ON CONFLICT (id) DO NOTHING;

DELETE FROM app.past_syncs
WHERE started_at < now() - make_interval(days => %(snapshot_days)s);

DELETE FROM app.item_days
WHERE day < (now() AT TIME ZONE 'Europe/Bucharest')::date - %(snapshot_days)s;

DELETE FROM app.forecast_accuracy
WHERE day < (now() AT TIME ZONE 'Europe/Bucharest')::date - %(snapshot_days)s;

DELETE FROM app.item_status_changes
WHERE changed_at < now() - make_interval(days => %(snapshot_days)s);

DELETE FROM app.raw_emag_product_bodies AS body
WHERE
    body.first_fetched_at < now() - make_interval(days => %(raw_days)s)
    AND NOT EXISTS (
        SELECT FROM app.raw_emag_product_pages AS page
        WHERE page.body_sha256 = body.sha256
    );

DELETE FROM app.build_outcomes
WHERE ended_at < now() - make_interval(days => %(log_days)s);

DELETE FROM app.incidents
WHERE closed_at < now() - make_interval(days => %(alert_days)s);

-- What was told of an incident that is open, or whose end may still have to be told (sql/alerts/incidents_due.sql),
-- stays: it would be told again, or its end never.
DELETE FROM app.alert_deliveries AS delivery
WHERE
    delivery.attempted_at < now() - make_interval(days => %(alert_days)s)
    AND NOT EXISTS (
        SELECT FROM app.incidents AS incident
        WHERE
            incident.id = any(delivery.incident_ids)
            AND (incident.closed_at IS NULL OR incident.closed_at > now() - interval '7 days')
    );

DELETE FROM app.observations
WHERE observed_at < now() - make_interval(days => %(alert_days)s);

DELETE FROM app.stock_snapshots
WHERE day < (now() AT TIME ZONE 'Europe/Bucharest')::date - %(snapshot_days)s;
