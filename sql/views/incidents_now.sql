-- What is wrong at this moment, one row per kind and subject: a state, not events, so that asking twice does no harm.
-- The table incidents holds since when (sql/alerts/incidents_updated.sql). Each branch costs what is wrong or recent,
-- not what is stored: what has to be counted over the catalogue is an observation of the build that reads it anyway.
-- A new kind is a branch here and its words in incident_texts.

-- Thresholds come with the session (SET magflow.NAME), as the settings have them.
CREATE OR REPLACE FUNCTION app.alert_threshold(name text, otherwise numeric) RETURNS numeric
LANGUAGE sql STABLE
RETURN coalesce(nullif(current_setting('magflow.' || name, TRUE), '')::numeric, otherwise);
COMMENT ON FUNCTION app.alert_threshold(text, numeric) IS
'The threshold magflow.NAME of this session, such as magflow.sync_interval_minutes; where it has none, the other value';

CREATE OR REPLACE VIEW app.incidents_now AS
WITH threshold AS MATERIALIZED (
    SELECT
        make_interval(mins => app.alert_threshold('sync_interval_minutes', 30)::integer) AS sync_interval,
        make_interval(hours => app.alert_threshold('backup_hours', 50)::integer) AS backup_age
),

account AS MATERIALIZED (
    SELECT
        configured.account_type,
        known.first_synced_at,
        known.removal_accepted_at
    FROM app.configured_accounts AS configured
    INNER JOIN app.emag_accounts AS known ON configured.account_type = known.account_type
),

-- The newest ended sync of each type and account; of one that was asked for some rows nothing else can be concluded.
newest AS MATERIALIZED (
    SELECT
        account.account_type || CASE known.sync_type WHEN 'products' THEN '' ELSE ' ' || known.sync_type END AS subject,
        log.*
    FROM (SELECT DISTINCT
        sync_type,
        account_type
    FROM app.emag_sync_logs) AS known
    INNER JOIN account ON known.account_type = account.account_type
    CROSS JOIN LATERAL (
        SELECT ended.*
        FROM app.emag_sync_logs AS ended
        WHERE
            ended.account_type = known.account_type
            AND ended.sync_type = known.sync_type
            AND ended.status <> 'running'
            AND ended.operation <> 'selective'
            AND ended.parameters ->> 'max_pages' IS NULL
        ORDER BY ended.id DESC
        LIMIT 1
    ) AS log
),

last_read AS (
    SELECT
        account.account_type,
        coalesce(read.completed_at, account.first_synced_at) AS read_at
    FROM account
    LEFT JOIN LATERAL (
        SELECT log.completed_at
        FROM app.emag_sync_logs AS log
        WHERE
            log.account_type = account.account_type
            AND log.sync_type = 'products'
            AND log.status IN ('completed', 'partial')
            AND log.operation <> 'selective'
            AND log.completed_at = app.sound_time(log.completed_at) -- infinity would be fresh for ever
        ORDER BY log.id DESC
        LIMIT 1
    ) AS read ON TRUE
),

build AS (
    SELECT
        name,
        account_type,
        count(*) AS builds,
        count(error) AS failed,
        (array_agg(error IS NOT NULL ORDER BY id DESC))[1:3] = '{t,t,t}' AS three_in_a_row,
        (array_agg(error ORDER BY id) FILTER (WHERE error IS NOT NULL))[1] AS first_error
    FROM app.build_outcomes
    WHERE ended_at > now() - interval '1 day'
    GROUP BY name, account_type
),

stale AS (
    SELECT
        least(
            (
                SELECT change.changed_at
                FROM app.input_changes AS change
                WHERE
                    change.name IN ('inventory_items', 'low_stock_report')
                    AND (change.account_type = '' OR change.account_type IN (SELECT account.account_type FROM account))
                ORDER BY change.id
                LIMIT 1
            ),
            (SELECT min(over.stale_at) FROM app.builds AS over WHERE over.stale_at <= now())
        ) AS since
    WHERE EXISTS (SELECT FROM account)
),

-- Items that ran out or fell below their minimum within a day, are still so, and have something to order: at the sale
-- price, in RON. An item that came into the report so is not new in this: at first all do.
newly_critical AS (
    SELECT
        report.account_type,
        report.reorder_quantity * report.price * rate.ron AS value_ron
    FROM (
        SELECT DISTINCT
            change.account_type,
            change.sku
        FROM app.item_status_changes AS change
        WHERE
            change.changed_at > now() - interval '1 day'
            AND change.status_before NOT IN ('out_of_stock', 'critical')
            AND change.status_after IN ('out_of_stock', 'critical')
    ) AS fallen
    INNER JOIN app.low_stock_report AS report
        ON fallen.account_type = report.account_type AND fallen.sku = report.sku
    INNER JOIN account ON report.account_type = account.account_type
    LEFT JOIN app.current_rates AS rate ON report.currency = rate.currency
    WHERE report.status IN ('out_of_stock', 'critical') AND report.reorder_quantity > 0
),

channel AS (
    SELECT
        configured.subject AS name,
        count(failed.id) AS failures,
        (array_agg(failed.error ORDER BY failed.id))[1] AS first_error
    FROM app.observations AS configured
    INNER JOIN app.alert_deliveries AS failed
        ON
            configured.subject = failed.channel
            AND failed.id > coalesce(
                (
                    SELECT taken.id FROM app.alert_deliveries AS taken
                    WHERE taken.channel = configured.subject AND taken.delivered
                    ORDER BY taken.id DESC
                    LIMIT 1
                ),
                0
            )
    WHERE configured.name = 'alert_channel' AND configured.observed_at > now() - interval '1 hour'
    GROUP BY configured.subject
)

SELECT
    CASE
        WHEN jsonb_path_exists(errors, '$[*].kind ? (@ == "refused")') THEN 'credentials_refused' ELSE 'sync_failed'
    END AS kind,
    subject,
    CASE
        WHEN jsonb_path_exists(errors, '$[*].kind ? (@ == "refused")') THEN 'critical' ELSE 'warning'
    END AS severity,
    errors -> -1 ->> 'error' AS first_error,
    jsonb_build_object('sync_id', id, 'requests', api_requests_made, 'account', account_type) AS numbers
FROM newest
WHERE status = 'failed'
UNION ALL
SELECT
    'sync_partial' AS kind,
    subject,
    'warning' AS severity,
    errors -> 0 ->> 'error' AS first_error,
    jsonb_build_object('sync_id', id, 'read', processed_items, 'total', total_items) AS numbers
FROM newest
WHERE status = 'partial' AND held_back_items = 0
UNION ALL
SELECT
    'account_late' AS kind,
    last_read.account_type AS subject,
    'critical' AS severity,
    newest.errors -> -1 ->> 'error' AS first_error,
    jsonb_build_object('minutes', round(extract(EPOCH FROM now() - last_read.read_at) / 60)) AS numbers
FROM last_read
CROSS JOIN threshold
LEFT JOIN newest ON last_read.account_type = newest.subject AND newest.status = 'failed'
WHERE last_read.read_at < now() - 3 * threshold.sync_interval
UNION ALL
-- Only where they are read: orders are no part of every home.
SELECT
    'orders_late' AS kind,
    known.account_type AS subject,
    'warning' AS severity,
    newest.errors -> -1 ->> 'error' AS first_error,
    jsonb_build_object('minutes', round(extract(EPOCH FROM now() - known.read_at) / 60)) AS numbers
FROM (
    SELECT
        account.account_type,
        max(log.completed_at) AS read_at
    FROM account
    INNER JOIN app.emag_sync_logs AS log ON account.account_type = log.account_type
    WHERE
        log.sync_type = 'orders'
        AND log.status IN ('completed', 'partial')
        AND log.completed_at = app.sound_time(log.completed_at)
    GROUP BY account.account_type
) AS known
CROSS JOIN threshold
LEFT JOIN newest
    ON known.account_type = newest.account_type AND newest.sync_type = 'orders' AND newest.status = 'failed'
WHERE known.read_at < now() - 3 * threshold.sync_interval
UNION ALL
SELECT
    'build_failing' AS kind,
    concat_ws(' ', name, nullif(account_type, '')) AS subject,
    'warning' AS severity,
    first_error,
    jsonb_build_object('failed', failed, 'builds', builds) AS numbers
FROM build
WHERE
    (three_in_a_row OR (builds >= 10 AND 10 * failed >= builds))
    AND (account_type = '' OR account_type IN (SELECT account.account_type FROM account))
UNION ALL
SELECT
    'report_stale' AS kind,
    '' AS subject,
    'warning' AS severity,
    (SELECT build.first_error FROM build WHERE build.name = 'low_stock_report') AS first_error,
    jsonb_build_object('minutes', round(extract(EPOCH FROM now() - stale.since) / 60)) AS numbers
FROM stale
CROSS JOIN threshold
WHERE stale.since < now() - greatest(interval '1 hour', 2 * threshold.sync_interval)
UNION ALL
SELECT
    'removal_held_back' AS kind,
    account.account_type AS subject,
    'warning' AS severity,
    NULL AS first_error,
    jsonb_build_object('offers', whole.held_back_items, 'sync_id', whole.id) AS numbers
FROM account
CROSS JOIN
    LATERAL (
        SELECT
            log.id,
            log.held_back_items,
            log.completed_at
        FROM app.emag_sync_logs AS log
        WHERE
            log.account_type = account.account_type
            AND log.sync_type = 'products'
            AND log.status <> 'running'
            AND log.is_complete
        ORDER BY log.id DESC
        LIMIT 1
    ) AS whole
WHERE whole.held_back_items > 0 AND (account.removal_accepted_at > whole.completed_at) IS NOT TRUE
UNION ALL
SELECT
    'rows_rejected' AS kind,
    newest.subject,
    'warning' AS severity,
    (
        SELECT rejected.reason FROM app.emag_rejected_offers AS rejected
        WHERE rejected.sync_log_id = newest.id
        ORDER BY rejected.id
        LIMIT 1
    ) AS first_error,
    jsonb_build_object(
        'rejected', newest.failed_items,
        'received', newest.processed_items,
        'percent', round(100.0 * newest.failed_items / newest.processed_items, 2),
        'sync_id', newest.id
    ) AS numbers
FROM newest
WHERE
    newest.sync_type = 'products'
    AND newest.processed_items > 0
    AND newest.failed_items > 0.001 * newest.processed_items
UNION ALL
SELECT
    'orders_rejected' AS kind,
    newest.account_type AS subject,
    'warning' AS severity,
    (
        SELECT rejected.reason FROM app.emag_rejected_orders AS rejected
        WHERE rejected.sync_log_id = newest.id
        ORDER BY rejected.id
        LIMIT 1
    ) AS first_error,
    jsonb_build_object(
        'rejected', newest.failed_items,
        'received', newest.processed_items,
        'percent', round(100.0 * newest.failed_items / newest.processed_items, 2),
        'sync_id', newest.id
    ) AS numbers
FROM newest
WHERE
    newest.sync_type = 'orders'
    AND newest.processed_items > 0
    AND newest.failed_items > 0.001 * newest.processed_items
UNION ALL
SELECT
    'newly_critical' AS kind,
    account_type AS subject,
    'warning' AS severity,
    NULL AS first_error,
    jsonb_build_object('items', count(*), 'value_ron', round(sum(value_ron))) AS numbers
FROM newly_critical
GROUP BY account_type
HAVING sum(value_ron) >= app.alert_threshold('critical_value_ron', 1000)
UNION ALL
-- As of the newest build of the report; without one for a day nothing is known of today.
SELECT
    'buy_buttons_lost' AS kind,
    account.account_type AS subject,
    'warning' AS severity,
    NULL AS first_error,
    jsonb_build_object('items', lost.value, 'most_ron', coalesce(round(most.value), 0)) AS numbers
FROM account
INNER JOIN app.observations AS lost
    ON account.account_type = lost.subject AND lost.name = 'buy_buttons_lost_today'
LEFT JOIN app.observations AS won
    ON account.account_type = won.subject AND won.name = 'buy_buttons_won'
LEFT JOIN app.observations AS most
    ON account.account_type = most.subject AND most.name = 'buy_button_sales_lost'
WHERE
    lost.observed_at > now() - interval '1 day'
    AND lost.value > 0
    AND (
        (
            lost.value >= app.alert_threshold('lost_buy_boxes', 5)
            -- Of those that were there to lose. Some change hands every day: 20 are many of 100, and few of 20,000.
            AND 100 * lost.value
            >= app.alert_threshold('lost_buy_box_percent', 10) * (coalesce(won.value, 0) + lost.value)
        )
        OR most.value >= app.alert_threshold('lost_buy_box_ron', 300)
    )
UNION ALL
SELECT
    'supplier_conflicts' AS kind,
    '' AS subject,
    'info' AS severity,
    NULL AS first_error,
    jsonb_build_object('conflicts', value) AS numbers
FROM app.observations
WHERE name = 'supplier_conflicts' AND value > 0
UNION ALL
SELECT
    'rates_old' AS kind,
    '' AS subject,
    'warning' AS severity,
    NULL AS first_error,
    jsonb_build_object('currencies', string_agg(subject, ', ' ORDER BY subject)) AS numbers
FROM app.observations
WHERE name = 'rate_old'
HAVING count(*) > 0
UNION ALL
SELECT
    'backup_not_proven' AS kind,
    '' AS subject,
    'warning' AS severity,
    newest_backup.error AS first_error,
    jsonb_build_object('backup_id', newest_backup.id) AS numbers
FROM (
    SELECT
        id,
        error,
        proven_at,
        finished_at
    FROM app.backups
    WHERE finished_at IS NOT NULL
    ORDER BY started_at DESC
    LIMIT 1
) AS newest_backup
WHERE
    newest_backup.proven_at IS NULL
    AND (newest_backup.error IS NOT NULL OR newest_backup.finished_at < now() - interval '1 hour')
UNION ALL
SELECT
    'backup_old' AS kind,
    '' AS subject,
    'warning' AS severity,
    NULL AS first_error,
    jsonb_build_object('hours', round(extract(EPOCH FROM now() - proven.since) / 3600)) AS numbers
FROM (
    SELECT coalesce(
        (
            SELECT max(backup.started_at) FROM app.backups AS backup
            WHERE backup.proven_at IS NOT NULL AND backup.removed_at IS NULL
        ),
        (SELECT min(account.first_synced_at) FROM account)
    ) AS since
) AS proven
CROSS JOIN threshold
WHERE proven.since < now() - threshold.backup_age
UNION ALL
SELECT
    'disk_nearly_full' AS kind,
    free.subject,
    CASE
        WHEN free.value < greatest(least(0.02 * total.value, 5e9), 3e8) THEN 'critical' ELSE 'warning'
    END AS severity,
    NULL AS first_error,
    jsonb_build_object(
        'free_gb', round(free.value / 1e9, 1),
        'total_gb', round(total.value / 1e9, 1),
        'free_percent', round(100 * free.value / nullif(total.value, 0), 1)
    ) AS numbers
FROM app.observations AS free
INNER JOIN app.observations AS total ON free.subject = total.subject AND total.name = 'disk_total_bytes'
WHERE
    free.name = 'disk_free_bytes'
    AND free.observed_at > now() - interval '1 day'
    AND free.value < greatest(least(0.05 * total.value, 2e10), 1e9)
UNION ALL
SELECT
    'daemon_silent' AS kind,
    '' AS subject,
    'critical' AS severity,
    NULL AS first_error,
    jsonb_build_object('minutes', round(extract(EPOCH FROM now() - observed_at) / 60)) AS numbers
FROM app.observations
WHERE
    name = 'daemon_beat'
    AND observed_at BETWEEN now() - interval '7 days' AND now() - interval '5 minutes' -- after a week it is not used
UNION ALL
SELECT
    'channel_unreachable' AS kind,
    name AS subject,
    'warning' AS severity,
    first_error,
    jsonb_build_object('failures', failures) AS numbers
FROM channel
WHERE failures >= 3;
COMMENT ON VIEW app.incidents_now IS
'What is wrong at this moment, one row per kind and subject; since when, and who was told, is in incidents';
COMMENT ON COLUMN app.incidents_now.kind IS 'What is wrong; its words are rows of incident_texts';
COMMENT ON COLUMN app.incidents_now.subject IS
'What it happened to: an account, with the type of sync where that is not the catalogue, a channel, a folder, a derived'
' table; empty where there is only one';
COMMENT ON COLUMN app.incidents_now.severity IS
'info; warning: look at it today; critical: look at it now, also at night';
COMMENT ON COLUMN app.incidents_now.first_error IS 'The first error of it, as far as it is known; null: there is none';
COMMENT ON COLUMN app.incidents_now.numbers IS 'The numbers in its words, by name';
