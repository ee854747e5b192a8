-- The queries that the seller's first notes ask each week and each day, as views.

CREATE OR REPLACE VIEW app.syncs_of_the_week AS
SELECT
    sync_type,
    account_type,
    operation,
    status,
    round(avg(duration_seconds), 1) AS avg_duration,
    round(avg(total_items), 1) AS avg_items,
    round(avg(created_items), 1) AS avg_created,
    round(avg(updated_items), 1) AS avg_updated,
    round(avg(failed_items), 1) AS avg_failed,
    count(*) AS total_syncs,
    max(started_at) AS newest_started_at
FROM app.emag_sync_logs
WHERE started_at > now() - interval '7 days' AND started_at = app.sound_time(started_at)
GROUP BY sync_type, account_type, operation, status;
COMMENT ON VIEW app.syncs_of_the_week IS
'Syncs of the last seven days by type, account, mode and status, on average. By calendar, and against the targets:'
' sync_statistics';
COMMENT ON COLUMN app.syncs_of_the_week.sync_type IS 'What was read: products is the catalogue with its offers';
COMMENT ON COLUMN app.syncs_of_the_week.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.syncs_of_the_week.operation IS 'Mode: full, incremental or selective';
COMMENT ON COLUMN app.syncs_of_the_week.status IS 'running, completed, partial or failed';
COMMENT ON COLUMN app.syncs_of_the_week.avg_duration IS 'Average seconds from start to end; null while running';
COMMENT ON COLUMN app.syncs_of_the_week.avg_items IS 'Average of the rows that the marketplace said there are';
COMMENT ON COLUMN app.syncs_of_the_week.avg_created IS 'Average of the rows seen for the first time';
COMMENT ON COLUMN app.syncs_of_the_week.avg_updated IS 'Average of the rows whose content changed';
COMMENT ON COLUMN app.syncs_of_the_week.avg_failed IS 'Average of the rows that could not be stored';
COMMENT ON COLUMN app.syncs_of_the_week.total_syncs IS 'Number of syncs';
COMMENT ON COLUMN app.syncs_of_the_week.newest_started_at IS 'When the newest of them began, UTC';

CREATE OR REPLACE VIEW app.failed_syncs_of_the_week AS
SELECT
    id,
    account_type,
    operation,
    status,
    errors,
    started_at,
    sync_type
FROM app.emag_sync_logs
WHERE
    status = 'failed' AND started_at > now() - interval '7 days' AND started_at = app.sound_time(started_at);
COMMENT ON VIEW app.failed_syncs_of_the_week IS 'Syncs of the last seven days that failed, with their errors';
COMMENT ON COLUMN app.failed_syncs_of_the_week.id IS 'Number of the sync';
COMMENT ON COLUMN app.failed_syncs_of_the_week.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.failed_syncs_of_the_week.operation IS 'Its mode';
COMMENT ON COLUMN app.failed_syncs_of_the_week.status IS 'failed';
COMMENT ON COLUMN app.failed_syncs_of_the_week.errors IS 'List of {error, timestamp}, oldest first';
COMMENT ON COLUMN app.failed_syncs_of_the_week.started_at IS 'Start, UTC';
COMMENT ON COLUMN app.failed_syncs_of_the_week.sync_type IS
'What was read: products is the catalogue with its offers';

CREATE OR REPLACE VIEW app.products_by_account AS
SELECT
    account_type,
    count(*) AS total_products,
    count(*) FILTER (WHERE is_active) AS active_products,
    count(*) FILTER (WHERE sync_status = 'synced') AS synced,
    count(*) FILTER (WHERE sync_status = 'error') AS errors,
    count(*) FILTER (
        WHERE (last_synced_at AT TIME ZONE 'Europe/Bucharest')::date = (now() AT TIME ZONE 'Europe/Bucharest')::date
    ) AS synced_today,
    min(created_at) AS first_product,
    max(last_synced_at) AS last_sync
FROM app.emag_products_v2
GROUP BY account_type;
COMMENT ON VIEW app.products_by_account IS 'Stored offers per account: how many, active, read well, and read today';
COMMENT ON COLUMN app.products_by_account.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.products_by_account.total_products IS 'Offers stored, of every status';
COMMENT ON COLUMN app.products_by_account.active_products IS 'Of these, active ones';
COMMENT ON COLUMN app.products_by_account.synced IS 'Of these, ones whose newest row could be stored';
COMMENT ON COLUMN app.products_by_account.errors IS 'Of these, ones whose newest row could not be stored';
COMMENT ON COLUMN app.products_by_account.synced_today IS 'Of these, ones seen since midnight in Bucharest';
COMMENT ON COLUMN app.products_by_account.first_product IS 'When the first was first seen, UTC';
COMMENT ON COLUMN app.products_by_account.last_sync IS 'When one was last seen, UTC';
