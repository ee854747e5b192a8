-- How far the newest sync of each account's catalogue is. It is read four times a second while people watch a sync: it
-- costs the same however many offers are stored.
CREATE OR REPLACE VIEW app.newest_syncs AS
SELECT
    account.account_type,
    newest.id AS sync_log_id,
    newest.operation,
    newest.status,
    newest.started_at,
    app.sound_time(newest.completed_at) AS completed_at,
    newest.duration_seconds,
    newest.total_items,
    newest.processed_items,
    newest.errors -> -1 ->> 'error' AS last_error,
    progress.pages_done,
    progress.pages_total,
    progress.items_done,
    progress.items_per_second,
    progress.expected_end_at,
    progress.rate_limit_hits,
    progress.items_per_page
FROM app.emag_accounts AS account
LEFT JOIN LATERAL (
    SELECT *
    FROM app.emag_sync_logs AS log
    WHERE
        log.account_type = account.account_type
        AND log.sync_type = 'products'
        AND log.started_at = app.sound_time(log.started_at) -- infinity would be the newest for ever
    ORDER BY log.started_at DESC
    LIMIT 1
) AS newest ON TRUE
LEFT JOIN app.emag_sync_progress AS progress ON newest.id = progress.sync_log_id;
COMMENT ON VIEW app.newest_syncs IS
'One row per account: its newest sync, and how far a running one is. What is stored beside it: sync_status';
COMMENT ON COLUMN app.newest_syncs.account_type IS 'Account, lower case, such as main or fbe';
COMMENT ON COLUMN app.newest_syncs.sync_log_id IS 'Its newest sync (emag_sync_logs.id)';
COMMENT ON COLUMN app.newest_syncs.operation IS 'Mode of that sync';
COMMENT ON COLUMN app.newest_syncs.status IS 'How it went, or running';
COMMENT ON COLUMN app.newest_syncs.started_at IS 'When it began, UTC';
COMMENT ON COLUMN app.newest_syncs.completed_at IS 'When it ended, UTC';
COMMENT ON COLUMN app.newest_syncs.duration_seconds IS 'Seconds from start to end';
COMMENT ON COLUMN app.newest_syncs.total_items IS 'Offers that the marketplace says there are';
COMMENT ON COLUMN app.newest_syncs.processed_items IS 'Rows received';
COMMENT ON COLUMN app.newest_syncs.last_error IS 'The last thing it noted';
COMMENT ON COLUMN app.newest_syncs.pages_done IS 'While it runs: pages stored';
COMMENT ON COLUMN app.newest_syncs.pages_total IS 'While it runs: pages expected';
COMMENT ON COLUMN app.newest_syncs.items_done IS 'While it runs: rows received';
COMMENT ON COLUMN app.newest_syncs.items_per_second IS 'While it runs: rows per second';
COMMENT ON COLUMN app.newest_syncs.expected_end_at IS 'While it runs: when it should end, UTC';
COMMENT ON COLUMN app.newest_syncs.rate_limit_hits IS 'While it runs: answers 429 so far';
COMMENT ON COLUMN app.newest_syncs.items_per_page IS 'While it runs: offers asked for at once at the moment';
