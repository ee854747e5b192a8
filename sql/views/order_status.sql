-- The state of each account's orders: the newest sync, how far history and present are read, what is stored.
CREATE OR REPLACE VIEW app.order_status AS
WITH missing AS (
    SELECT
        account_type,
        order_type,
        axis,
        starts_at,
        ends_at,
        read_to,
        read_to IS NULL OR (read_to < ends_at AND ends_at <= now()) AS is_missing
    FROM app.emag_order_windows
    WHERE starts_at < now()
),

of_type AS (
    SELECT
        account_type,
        order_type,
        axis,
        max(read_to) AS read_to,
        coalesce(max(ends_at) FILTER (WHERE is_missing), min(starts_at)) AS read_from,
        count(*) FILTER (WHERE is_missing) AS windows_left
    FROM missing
    GROUP BY account_type, order_type, axis
),

coverage AS (
    SELECT
        account_type,
        min(coalesce(read_to, '-infinity')) AS read_to,
        max(read_from) FILTER (WHERE axis = 'created') AS read_from,
        sum(windows_left)::bigint AS windows_left
    FROM of_type
    GROUP BY account_type
)

SELECT
    account.account_type,
    newest.sync_log_id,
    newest.operation,
    newest.status,
    newest.started_at,
    newest.completed_at,
    newest.duration_seconds,
    newest.processed_items,
    newest.last_error,
    newest.pages_done,
    newest.pages_total,
    newest.expected_end_at,
    newest.last_complete_at,
    nullif(coverage.read_to, '-infinity') AS read_to,
    CASE
        WHEN coverage.read_from < coverage.read_to THEN (coverage.read_from AT TIME ZONE 'Europe/Bucharest')::date
    END AS read_back_to,
    coalesce(coverage.windows_left, 0) AS windows_left,
    (SELECT count(*) FROM app.emag_orders AS sold WHERE sold.account_type = account.account_type) AS orders,
    (
        SELECT count(*) FROM app.emag_order_lines AS line
        WHERE line.account_type = account.account_type
    ) AS order_lines
FROM app.emag_accounts AS account
LEFT JOIN app.newest_syncs AS newest
    ON account.account_type = newest.account_type AND newest.sync_type = 'orders'
LEFT JOIN coverage ON account.account_type = coverage.account_type;
COMMENT ON VIEW app.order_status IS
'One row per account: the newest sync of its orders, how far back and up to when they are read, what is stored';
COMMENT ON COLUMN app.order_status.account_type IS 'Account, lower case, such as main or fbe';
COMMENT ON COLUMN app.order_status.sync_log_id IS 'The newest sync of its orders (emag_sync_logs.id); null: none yet';
COMMENT ON COLUMN app.order_status.operation IS 'incremental: the present; backfill: history too';
COMMENT ON COLUMN app.order_status.status IS 'How it went, or running';
COMMENT ON COLUMN app.order_status.started_at IS 'When it began, UTC';
COMMENT ON COLUMN app.order_status.completed_at IS 'When it ended, UTC';
COMMENT ON COLUMN app.order_status.duration_seconds IS 'Seconds from start to end';
COMMENT ON COLUMN app.order_status.processed_items IS 'Rows received';
COMMENT ON COLUMN app.order_status.last_error IS 'The last thing it noted';
COMMENT ON COLUMN app.order_status.pages_done IS 'While it runs: pages stored';
COMMENT ON COLUMN app.order_status.pages_total IS 'While it runs: pages expected of the windows begun so far';
COMMENT ON COLUMN app.order_status.expected_end_at IS 'While it runs: when the window at hand should end, UTC';
COMMENT ON COLUMN app.order_status.last_complete_at IS 'End of the newest sync that left nothing to be read, UTC';
COMMENT ON COLUMN app.order_status.read_to IS
'Up to when orders and their changes are read, of both types, UTC; null: not of all of them yet';
COMMENT ON COLUMN app.order_status.read_back_to IS
'The day in Bucharest from which on every order of both types is read; null: not even today''s';
COMMENT ON COLUMN app.order_status.windows_left IS 'Windows of history that the next syncs read (emag_order_windows)';
COMMENT ON COLUMN app.order_status.orders IS 'Orders stored';
COMMENT ON COLUMN app.order_status.order_lines IS 'Lines stored';
