-- Metrics for Prometheus. View files are applied in the order of their names: this one comes after what it reads.
-- They come from tables and views alone: the same from every host, and unharmed by a restart.
-- A new metric is a branch of app.metrics (a counter: of app.counters), its row in app.metric_texts, and its line in
-- docs/metrics.md. Labels have few values: an account, a status, a kind, a table; never a SKU.

-- What ended syncs and attempts at deliveries count: all of them, or the one row of the table `source`.
CREATE OR REPLACE FUNCTION app.counters(source text DEFAULT NULL, row_id bigint DEFAULT NULL)
RETURNS TABLE (name text, labels jsonb, value numeric)
LANGUAGE sql STABLE
AS $$
WITH ended AS (
    SELECT *
    FROM app.emag_sync_logs AS log
    WHERE log.status <> 'running' AND (source IS NULL OR (source = 'emag_sync_logs' AND log.id = row_id))
),

by_status AS (
    SELECT
        log.account_type,
        log.sync_type,
        log.status,
        count(*) AS syncs,
        -- A time that another program wrote may be infinity.
        sum(log.duration_seconds) FILTER (WHERE log.duration_seconds BETWEEN 0 AND 1000000) AS seconds,
        sum(log.api_requests_made) AS requests,
        sum(log.rate_limit_hits) AS throttled,
        sum(log.pages_processed) AS pages,
        sum(log.pages_failed) AS pages_failed,
        sum(log.created_items) AS created,
        sum(log.updated_items) AS updated,
        sum(log.unchanged_items) AS unchanged,
        sum(log.failed_items) AS rejected,
        sum(log.duplicate_items) AS duplicate,
        sum(log.removed_items) AS removed
    FROM ended AS log
    GROUP BY log.account_type, log.sync_type, log.status
),

known_answer AS (
    SELECT
        log.account_type,
        log.sync_type,
        class.key AS answer,
        sum(class.value::numeric) AS requests
    FROM ended AS log
    CROSS JOIN LATERAL jsonb_each_text(log.answers) AS class
    GROUP BY log.account_type, log.sync_type, class.key
),

answer AS (
    SELECT
        known_answer.account_type,
        known_answer.sync_type,
        known_answer.answer,
        known_answer.requests
    FROM known_answer
    UNION ALL
    SELECT
        syncs.account_type,
        syncs.sync_type,
        'unknown',
        sum(syncs.requests) - coalesce(
            (
                SELECT sum(known.requests) FROM known_answer AS known
                WHERE known.account_type = syncs.account_type AND known.sync_type = syncs.sync_type
            ), 0
        )
    FROM by_status AS syncs
    GROUP BY syncs.account_type, syncs.sync_type
),

counted AS (
    SELECT
        counter.name,
        jsonb_build_object('account', syncs.account_type, 'type', syncs.sync_type) || counter.labels AS labels,
        counter.value
    FROM by_status AS syncs
    CROSS JOIN LATERAL (
        VALUES
        ('magflow_syncs_total', jsonb_build_object('status', syncs.status), syncs.syncs),
        ('magflow_sync_seconds_total', '{}', syncs.seconds),
        ('magflow_throttled_total', '{}', syncs.throttled),
        ('magflow_pages_total', '{"result": "stored"}', syncs.pages),
        ('magflow_pages_total', '{"result": "failed"}', syncs.pages_failed),
        ('magflow_rows_total', '{"result": "created"}', syncs.created),
        ('magflow_rows_total', '{"result": "updated"}', syncs.updated),
        ('magflow_rows_total', '{"result": "unchanged"}', syncs.unchanged),
        ('magflow_rows_total', '{"result": "rejected"}', syncs.rejected),
        ('magflow_rows_total', '{"result": "duplicate"}', syncs.duplicate),
        ('magflow_rows_removed_total', '{}', syncs.removed)
    ) AS counter (name, labels, value)
    UNION ALL
    SELECT
        'magflow_requests_total',
        jsonb_build_object('account', answer.account_type, 'type', answer.sync_type, 'answer', answer.answer),
        answer.requests
    FROM answer
    WHERE answer.requests > 0
    UNION ALL
    SELECT
        'magflow_alerts_sent_total',
        jsonb_build_object(
            'channel', sent.channel, 'what', sent.what,
            'result', CASE WHEN sent.delivered THEN 'delivered' ELSE 'failed' END
        ),
        1
    FROM app.alert_deliveries AS sent
    WHERE source IS NULL OR (source = 'alert_deliveries' AND sent.id = row_id)
)

SELECT
    counted.name,
    counted.labels,
    sum(counted.value)
FROM counted
WHERE counted.value IS NOT NULL
GROUP BY counted.name, counted.labels
$$;
COMMENT ON FUNCTION app.counters(text, bigint) IS
'Counters of the view metrics, over the rows that are kept: of all, or of the row of that id of the table source';

CREATE OR REPLACE VIEW app.metrics AS
WITH newest_whole AS (
    SELECT DISTINCT ON (log.account_type, log.sync_type)
        log.account_type,
        log.sync_type,
        greatest(log.processed_items::bigint - log.duplicate_items - log.failed_items - log.unseen_items, 0) AS seen,
        log.total_items
    FROM app.emag_sync_logs AS log
    WHERE
        log.operation = 'full'
        AND log.status IN ('completed', 'partial')
        AND log.completed_at = app.sound_time(log.completed_at)
    ORDER BY log.account_type, log.sync_type, log.completed_at DESC
),

per_lane AS (
    SELECT
        log.account_type,
        log.sync_type,
        max(log.completed_at) FILTER (WHERE log.status = 'completed') AS last_success_at,
        max(log.completed_at) FILTER (
            WHERE log.status IN ('completed', 'partial') AND log.operation <> 'selective'
        ) AS last_read_at,
        (array_agg(log.duration_seconds ORDER BY log.completed_at DESC))[1] AS last_seconds,
        -- Of all that eMAG allows in a day; 180 a minute where the log does not say.
        sum(log.api_requests_made) FILTER (WHERE log.completed_at > now() - interval '1 day')
        / (1440.0 * coalesce(max(log.requests_per_minute), 180)) AS budget_used
    FROM app.emag_sync_logs AS log
    WHERE log.completed_at = app.sound_time(log.completed_at)
    GROUP BY log.account_type, log.sync_type
),

item AS (
    SELECT
        report.account_type,
        report.status,
        report.currency,
        count(*) AS items,
        sum(report.quantity * report.price) AS stock_value
    FROM app.low_stock_report AS report
    GROUP BY report.account_type, report.status, report.currency
),

backup AS (
    SELECT
        proven.started_at,
        proven.size_bytes
    FROM app.backups AS proven
    WHERE proven.proven_at IS NOT NULL AND proven.removed_at IS NULL
    ORDER BY proven.started_at DESC
    LIMIT 1
),

gauge AS (
    SELECT
        gauge.name,
        jsonb_build_object('account', account.account_type, 'type', lane.sync_type) AS labels,
        gauge.value
    FROM app.configured_accounts AS account
    INNER JOIN per_lane AS lane ON account.account_type = lane.account_type
    CROSS JOIN
        LATERAL (
            VALUES
            ('magflow_last_success_timestamp_seconds', extract(EPOCH FROM lane.last_success_at)),
            ('magflow_last_read_timestamp_seconds', extract(EPOCH FROM lane.last_read_at)),
            ('magflow_last_sync_seconds', lane.last_seconds),
            ('magflow_api_budget_used_ratio', coalesce(lane.budget_used, 0))
        ) AS gauge (name, value)
    UNION ALL
    SELECT
        gauge.name,
        jsonb_build_object('account', account.account_type, 'type', whole.sync_type) AS labels,
        gauge.value
    FROM app.configured_accounts AS account
    INNER JOIN newest_whole AS whole ON account.account_type = whole.account_type
    CROSS JOIN
        LATERAL (
            VALUES
            ('magflow_offers_seen', whole.seen::numeric),
            ('magflow_offers_announced', whole.total_items),
            ('magflow_coverage_ratio', whole.seen::numeric / nullif(whole.total_items, 0))
        ) AS gauge (name, value)
    UNION ALL
    SELECT
        'magflow_sync_running' AS name,
        jsonb_build_object('account', account.account_type) AS labels,
        (
            SELECT count(running.holder_pid) FROM app.running_syncs AS running
            WHERE running.account_type = account.account_type
        ) AS value
    FROM app.configured_accounts AS account
    UNION ALL
    SELECT
        'magflow_report_age_seconds' AS name,
        jsonb_build_object('account', account.account_type) AS labels,
        extract(EPOCH FROM now() - build.built_at) AS value
    FROM app.configured_accounts AS account
    INNER JOIN app.builds AS build
        ON account.account_type = build.account_type AND build.name = 'low_stock_report'
    UNION ALL
    SELECT
        'magflow_items' AS name,
        jsonb_build_object('account', account.account_type, 'status', status.status) AS labels,
        coalesce(sum(item.items), 0) AS value
    FROM app.configured_accounts AS account
    CROSS JOIN unnest(ARRAY['out_of_stock', 'critical', 'low_stock', 'in_stock', 'overstock']) AS status (status)
    LEFT JOIN item ON account.account_type = item.account_type AND status.status = item.status
    GROUP BY account.account_type, status.status
    UNION ALL
    SELECT
        'magflow_stock_value' AS name,
        jsonb_build_object('account', account.account_type, 'currency', item.currency) AS labels,
        sum(item.stock_value) AS value
    FROM app.configured_accounts AS account
    INNER JOIN item ON account.account_type = item.account_type
    WHERE item.currency IS NOT NULL
    GROUP BY account.account_type, item.currency
    UNION ALL
    SELECT
        'magflow_items_to_decide' AS name,
        jsonb_build_object('account', account.account_type) AS labels,
        (SELECT count(*) FROM app.decide_yourself AS open WHERE open.account_type = account.account_type) AS value
    FROM app.configured_accounts AS account
    UNION ALL
    SELECT
        'magflow_proposed_purchases_ron' AS name,
        '{}' AS labels,
        coalesce(sum(purchase.total_ron), 0) AS value
    FROM app.reorder_proposals AS purchase
    UNION ALL
    SELECT
        CASE seen.name WHEN 'buy_buttons_lost_today' THEN 'magflow_buy_buttons_lost' ELSE 'magflow_buy_buttons' END
            AS name,
        jsonb_build_object('account', account.account_type)
        || CASE seen.name
            WHEN 'buy_buttons_won' THEN '{"position": "won"}'::jsonb
            WHEN 'buy_buttons_lost' THEN '{"position": "lost"}'::jsonb
            ELSE '{}'::jsonb
        END AS labels,
        seen.value
    FROM app.configured_accounts AS account
    INNER JOIN app.observations AS seen ON account.account_type = seen.subject
    WHERE seen.name IN ('buy_buttons_won', 'buy_buttons_lost', 'buy_buttons_lost_today')
    UNION ALL
    SELECT
        'magflow_supplier_conflicts' AS name,
        jsonb_build_object('conflict', conflict.conflict) AS labels,
        count(*) AS value
    FROM app.supplier_conflicts AS conflict
    GROUP BY conflict.conflict
    UNION ALL
    SELECT
        'magflow_incidents_open' AS name,
        jsonb_build_object('kind', incident.kind, 'severity', incident.severity) AS labels,
        count(*) FILTER (WHERE incident.closed_at IS NULL) AS value
    FROM app.incidents AS incident
    GROUP BY incident.kind, incident.severity
    UNION ALL
    SELECT
        gauge.name,
        '{}' AS labels,
        gauge.value
    FROM backup
    CROSS JOIN
        LATERAL (
            VALUES
            ('magflow_backup_age_seconds', extract(EPOCH FROM now() - backup.started_at)),
            ('magflow_backup_bytes', backup.size_bytes)
        ) AS gauge (name, value)
    UNION ALL
    SELECT
        'magflow_table_bytes' AS name,
        jsonb_build_object('table', stored.relname) AS labels,
        pg_total_relation_size(stored.oid) AS value
    FROM pg_class AS stored
    WHERE stored.relnamespace = 'app'::regnamespace AND stored.relkind = 'r'
    UNION ALL
    SELECT
        'magflow_database_bytes' AS name,
        jsonb_build_object('database', stored.label) AS labels,
        pg_database_size(stored.oid) AS value
    FROM (
        SELECT
            known.oid,
            CASE known.datname WHEN current_database() THEN 'magflow' ELSE 'dagster' END AS label
        FROM pg_database AS known
        WHERE
            known.datname IN (current_database(), current_database() || '_dagster')
            AND has_database_privilege(known.oid, 'CONNECT')
    ) AS stored
    UNION ALL
    SELECT
        'magflow_daemon_lag_seconds' AS name,
        '{}' AS labels,
        extract(EPOCH FROM now() - max(beat.observed_at)) AS value
    FROM app.observations AS beat
    WHERE beat.name = 'daemon_beat'
    UNION ALL
    SELECT
        'magflow_' || disk.name AS name,
        jsonb_build_object('disk', disk.subject) AS labels,
        disk.value
    FROM app.observations AS disk
    WHERE disk.name IN ('disk_free_bytes', 'disk_total_bytes')
)

SELECT
    name,
    labels,
    value
FROM gauge
WHERE value IS NOT NULL
UNION ALL
SELECT
    counted.name,
    counted.labels,
    sum(counted.value) AS value
FROM (
    SELECT * FROM app.counters()
    UNION ALL
    SELECT * FROM app.metric_totals
    UNION ALL
    -- From 0 on, so that the first failure of an account is an increase.
    SELECT
        'magflow_syncs_total' AS name,
        jsonb_build_object('account', lane.account_type, 'type', lane.sync_type, 'status', status.status) AS labels,
        0 AS value
    FROM per_lane AS lane
    CROSS JOIN unnest(ARRAY['completed', 'partial', 'failed']) AS status (status)
) AS counted
GROUP BY counted.name, counted.labels;
COMMENT ON VIEW app.metrics IS
'What Prometheus is told (magflow metrics), one row per metric and labels; metric_texts says what each is';
COMMENT ON COLUMN app.metrics.name IS 'Metric, in base units (seconds, bytes, ratios); _total: it only grows';
COMMENT ON COLUMN app.metrics.labels IS 'Its labels, texts by name';
COMMENT ON COLUMN app.metrics.value IS 'Its value now';

CREATE OR REPLACE VIEW app.metric_texts AS
SELECT
    name,
    CASE WHEN name LIKE '%\_total' THEN 'counter' ELSE 'gauge' END AS type,
    labels,
    help
FROM (
    VALUES
    ('magflow_syncs_total', '{account,type,status}'::text[], 'Syncs that ended, by how they ended'),
    ('magflow_sync_seconds_total', '{account,type}', 'Seconds that ended syncs took'),
    ('magflow_last_sync_seconds', '{account,type}', 'Seconds that the newest ended sync took'),
    (
        'magflow_last_success_timestamp_seconds', '{account,type}',
        'When the newest completed sync ended, Unix time; absent: there was none'
    ),
    (
        'magflow_last_read_timestamp_seconds', '{account,type}',
        'When the account was last read, completely or in part, Unix time: by it an account is late'
    ),
    ('magflow_sync_running', '{account}', 'Syncs that run now and are alive'),
    (
        'magflow_requests_total', '{account,type,answer}',
        'Requests of ended syncs, by answer: ok, throttled, refused, client_error, server_error, malformed, slow,'
        ' connection, interrupted; unknown: of syncs that kept no count'
    ),
    ('magflow_throttled_total', '{account,type}', 'Answers 429 that ended syncs received'),
    (
        'magflow_api_budget_used_ratio', '{account,type}',
        'Requests of the syncs that ended in the last 24 hours, as a share of those that the speed limit allows in a'
        ' day; accounts of one API user share one limit'
    ),
    ('magflow_pages_total', '{account,type,result}', 'Pages of ended syncs: stored, or failed after all attempts'),
    (
        'magflow_rows_total', '{account,type,result}',
        'Rows that ended syncs received (of type products a row is an offer): created, updated, unchanged, rejected,'
        ' duplicate'
    ),
    ('magflow_rows_removed_total', '{account,type}', 'Offers that ended syncs concluded to be gone'),
    ('magflow_offers_seen', '{account,type}', 'Distinct rows that the newest whole scan saw'),
    ('magflow_offers_announced', '{account,type}', 'Rows that the marketplace said there are, at that scan'),
    ('magflow_coverage_ratio', '{account,type}', 'Rows seen as a share of those announced, of the newest whole scan'),
    ('magflow_report_age_seconds', '{account}', 'Seconds since the low-stock report was built'),
    ('magflow_items', '{account,status}', 'Items of the low-stock report, by status'),
    (
        'magflow_stock_value', '{account,currency}',
        'Pieces in stock times their selling price without VAT; accounts of one warehouse show the same pieces'
    ),
    ('magflow_items_to_decide', '{account}', 'Items that run out and of which a person decides how many to order'),
    (
        'magflow_proposed_purchases_ron', '{}',
        'What the proposed purchases cost in the warehouse; those whose cost is not known are left out'
    ),
    (
        'magflow_buy_buttons', '{account,position}',
        'Offers that have the buy button (won), and that others have it of (lost), as of the newest report'
    ),
    (
        'magflow_buy_buttons_lost', '{account}',
        'Offers that lost the buy button within the day before the newest report'
    ),
    (
        'magflow_supplier_conflicts',
        '{conflict}',
        'Suppliers, prices and matches that cannot both be right; absent: none'
    ),
    ('magflow_incidents_open', '{kind,severity}', 'Incidents that are open'),
    ('magflow_alerts_sent_total', '{channel,what,result}', 'Attempts to send a message: delivered or failed'),
    (
        'magflow_backup_age_seconds', '{}',
        'Seconds since the newest proven back-up began; absent: there is none, and nothing could be restored'
    ),
    ('magflow_backup_bytes', '{}', 'Size of the newest proven back-up'),
    ('magflow_table_bytes', '{table}', 'Size of a table with its indexes and TOAST'),
    (
        'magflow_database_bytes', '{database}',
        'Size of a database: magflow, or dagster where this role may connect to it'
    ),
    ('magflow_daemon_lag_seconds', '{}', 'Seconds since the daemon last showed that it is alive'),
    ('magflow_disk_free_bytes', '{disk}', 'Space left on a disk, as the daemon last saw it'),
    ('magflow_disk_total_bytes', '{disk}', 'Size of a disk, as the daemon last saw it'),
    -- Of the process that serves them, not of the view.
    ('magflow_up', '{}', '1: the database answers; 0: it does not, and all else is as of the snapshot'),
    ('magflow_snapshot_age_seconds', '{}', 'Seconds since the database was read'),
    ('magflow_snapshot_seconds', '{}', 'Seconds that reading it took')
) AS texts (name, labels, help);
COMMENT ON VIEW app.metric_texts IS
'What each metric is: one row per metric, shown by Prometheus and in docs/metrics.md';
COMMENT ON COLUMN app.metric_texts.name IS 'Metric (metrics.name), or one that the process of magflow metrics adds';
COMMENT ON COLUMN app.metric_texts.type IS 'counter: it only grows; gauge: it goes up and down';
COMMENT ON COLUMN app.metric_texts.labels IS 'Names of its labels';
COMMENT ON COLUMN app.metric_texts.help IS 'What it is';
