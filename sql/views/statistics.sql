-- How the syncs and the stock did, per account and day, week and month of Bucharest.

CREATE OR REPLACE VIEW app.ended_syncs AS
SELECT
    id,
    sync_type,
    account_type,
    operation,
    status,
    started_at,
    completed_at,
    round(extract(EPOCH FROM completed_at - started_at), 3) AS duration_seconds,
    processed_items,
    created_items,
    updated_items,
    removed_items,
    failed_items,
    api_requests_made,
    rate_limit_hits
FROM app.emag_sync_logs
WHERE
    status <> 'running'
    AND started_at = app.sound_time(started_at)
    AND completed_at = app.sound_time(completed_at)
UNION ALL
SELECT
    id,
    sync_type,
    account_type,
    operation,
    status,
    started_at,
    completed_at,
    round(extract(EPOCH FROM completed_at - started_at), 3) AS duration_seconds,
    processed_items,
    created_items,
    updated_items,
    removed_items,
    failed_items,
    api_requests_made,
    rate_limit_hits
FROM app.past_syncs;
COMMENT ON VIEW app.ended_syncs IS
'Every ended sync with its numbers, also of those whose log was deleted. One with an impossible time is left out';
COMMENT ON COLUMN app.ended_syncs.id IS 'Number of the sync (emag_sync_logs.id, while its log is kept)';
COMMENT ON COLUMN app.ended_syncs.sync_type IS 'What was read: products is the catalogue with its offers';
COMMENT ON COLUMN app.ended_syncs.account_type IS 'Account, lower case, such as main or fbe';
COMMENT ON COLUMN app.ended_syncs.operation IS 'Mode: full, incremental or selective';
COMMENT ON COLUMN app.ended_syncs.status IS 'completed, partial or failed';
COMMENT ON COLUMN app.ended_syncs.started_at IS 'Start, UTC';
COMMENT ON COLUMN app.ended_syncs.completed_at IS 'End, UTC';
COMMENT ON COLUMN app.ended_syncs.duration_seconds IS 'Seconds from start to end';
COMMENT ON COLUMN app.ended_syncs.processed_items IS 'Rows received';
COMMENT ON COLUMN app.ended_syncs.created_items IS 'Offers seen for the first time';
COMMENT ON COLUMN app.ended_syncs.updated_items IS 'Offers whose content changed';
COMMENT ON COLUMN app.ended_syncs.removed_items IS 'Offers concluded to be gone';
COMMENT ON COLUMN app.ended_syncs.failed_items IS 'Rows that could not be stored';
COMMENT ON COLUMN app.ended_syncs.api_requests_made IS 'Requests sent, refused and repeated ones included';
COMMENT ON COLUMN app.ended_syncs.rate_limit_hits IS 'Answers 429 received';

CREATE OR REPLACE VIEW app.statistics_periods AS
WITH known AS (
    SELECT
        (
            least(
                now(),
                (SELECT min(log.started_at) FROM app.emag_sync_logs AS log WHERE log.started_at > '1900-01-01'),
                (SELECT min(past.started_at) FROM app.past_syncs AS past),
                (SELECT min(change.changed_at) FROM app.item_status_changes AS change)
            ) AT TIME ZONE 'Europe/Bucharest'
        )::date AS first_day,
        (now() AT TIME ZONE 'Europe/Bucharest')::date AS last_day
),

begun AS (
    SELECT
        every.period,
        beginning::date AS starts_on,
        (beginning + every.length)::date AS next_starts_on
    FROM known
    CROSS JOIN
        (
            VALUES ('day', interval '1 day'), ('week', interval '7 days'), ('month', interval '1 month')
        ) AS every (period, length)
    CROSS JOIN
        LATERAL generate_series(date_trunc(every.period, known.first_day::timestamp), known.last_day, every.length)
            AS beginning
)

SELECT
    period,
    starts_on,
    next_starts_on - 1 AS ends_on,
    starts_on::timestamp AT TIME ZONE 'Europe/Bucharest' AS starts_at,
    next_starts_on::timestamp AT TIME ZONE 'Europe/Bucharest' AS ends_at
FROM begun;
COMMENT ON VIEW app.statistics_periods IS
'Days, weeks (from Monday) and months of Bucharest, from the first that anything is known of to the one now';
COMMENT ON COLUMN app.statistics_periods.period IS 'day, week or month';
COMMENT ON COLUMN app.statistics_periods.starts_on IS 'Its first day, Europe/Bucharest';
COMMENT ON COLUMN app.statistics_periods.ends_on IS 'Its last day, Europe/Bucharest';
COMMENT ON COLUMN app.statistics_periods.starts_at IS 'Its begin, UTC';
COMMENT ON COLUMN app.statistics_periods.ends_at IS 'Its end, UTC: the begin of the next one';

CREATE OR REPLACE VIEW app.sync_statistics AS
SELECT
    period.period,
    period.starts_on,
    period.ends_on,
    period.starts_at,
    period.ends_at,
    done.sync_type,
    done.account_type,
    done.syncs,
    done.completed,
    done.partial,
    done.failed,
    done.completed::numeric / done.syncs AS completed_share,
    0.999 AS completed_target,
    done.completed >= 0.999 * done.syncs AS completed_enough,
    done.received,
    done.created,
    done.updated,
    done.removed,
    done.rejected,
    done.rejected::numeric / nullif(done.received, 0) AS rejected_share,
    0.001 AS rejected_target,
    done.rejected <= 0.001 * done.received AS rejected_few_enough,
    done.median_seconds,
    done.longest_seconds,
    done.requests,
    done.throttled,
    done.requests * 60 / nullif(extract(EPOCH FROM least(period.ends_at, now()) - period.starts_at), 0)
        AS requests_per_minute
FROM app.statistics_periods AS period
CROSS JOIN LATERAL (
    SELECT
        ended.sync_type,
        ended.account_type,
        count(*) AS syncs,
        count(*) FILTER (WHERE ended.status = 'completed') AS completed,
        count(*) FILTER (WHERE ended.status = 'partial') AS partial,
        count(*) FILTER (WHERE ended.status = 'failed') AS failed,
        sum(ended.processed_items) AS received,
        sum(ended.created_items) AS created,
        sum(ended.updated_items) AS updated,
        sum(ended.removed_items) AS removed,
        sum(ended.failed_items) AS rejected,
        round(
            (
                percentile_cont(0.5) WITHIN GROUP (ORDER BY ended.duration_seconds::double precision)
                FILTER (WHERE ended.status <> 'failed')
            )::numeric, 1
        ) AS median_seconds,
        round(max(ended.duration_seconds) FILTER (WHERE ended.status <> 'failed'), 1) AS longest_seconds,
        sum(ended.api_requests_made) AS requests,
        sum(ended.rate_limit_hits) AS throttled
    FROM app.ended_syncs AS ended
    WHERE ended.started_at >= period.starts_at AND ended.started_at < period.ends_at
    GROUP BY ended.sync_type, ended.account_type
) AS done;
COMMENT ON VIEW app.sync_statistics IS
'Syncs that began in a day, week or month, and have ended, per type and account: how many completed, against 99.9 %;'
' rows rejected, against 0.1 %; how long they took; requests. No row: nothing was read';
COMMENT ON COLUMN app.sync_statistics.period IS 'day, week or month';
COMMENT ON COLUMN app.sync_statistics.starts_on IS 'First day of the period, Europe/Bucharest';
COMMENT ON COLUMN app.sync_statistics.ends_on IS 'Last day of the period, Europe/Bucharest';
COMMENT ON COLUMN app.sync_statistics.starts_at IS 'Begin of the period, UTC';
COMMENT ON COLUMN app.sync_statistics.ends_at IS 'End of the period, UTC';
COMMENT ON COLUMN app.sync_statistics.sync_type IS 'What was read: products is the catalogue with its offers';
COMMENT ON COLUMN app.sync_statistics.account_type IS 'Account, lower case, such as main or fbe';
COMMENT ON COLUMN app.sync_statistics.syncs IS 'Ended syncs of every mode';
COMMENT ON COLUMN app.sync_statistics.completed IS 'Of these, syncs that completed';
COMMENT ON COLUMN app.sync_statistics.partial IS 'Of these, syncs that something is missing of, capped ones included';
COMMENT ON COLUMN app.sync_statistics.failed IS 'Of these, syncs that failed';
COMMENT ON COLUMN app.sync_statistics.completed_share IS 'completed / syncs, 0 to 1';
COMMENT ON COLUMN app.sync_statistics.completed_target IS 'Share that is promised: 0.999';
COMMENT ON COLUMN app.sync_statistics.completed_enough IS 'Whether completed_share is at or above its target';
COMMENT ON COLUMN app.sync_statistics.received IS 'Rows received';
COMMENT ON COLUMN app.sync_statistics.created IS 'Offers seen for the first time';
COMMENT ON COLUMN app.sync_statistics.updated IS 'Offers whose content changed, counted at each change';
COMMENT ON COLUMN app.sync_statistics.removed IS 'Offers concluded to be gone';
COMMENT ON COLUMN app.sync_statistics.rejected IS 'Rows that could not be stored';
COMMENT ON COLUMN app.sync_statistics.rejected_share IS 'rejected / received, 0 to 1; null: nothing was received';
COMMENT ON COLUMN app.sync_statistics.rejected_target IS 'Share that is accepted: 0.001';
COMMENT ON COLUMN app.sync_statistics.rejected_few_enough IS 'Whether rejected_share is at or below its target';
COMMENT ON COLUMN app.sync_statistics.median_seconds IS
'Half of the syncs that did not fail took at most so long; null: all failed';
COMMENT ON COLUMN app.sync_statistics.longest_seconds IS
'The longest of the syncs that did not fail; null: all failed';
COMMENT ON COLUMN app.sync_statistics.requests IS 'Requests sent, refused and repeated ones included';
COMMENT ON COLUMN app.sync_statistics.throttled IS 'Answers 429 received';
COMMENT ON COLUMN app.sync_statistics.requests_per_minute IS
'Requests per minute of the period, as far as it is over; EMAG_REQUESTS_PER_MINUTE is the limit of a user';

CREATE OR REPLACE VIEW app.items_by_day AS
SELECT
    account_type,
    day,
    sum(items)::bigint AS items,
    coalesce(sum(items) FILTER (WHERE status = 'out_of_stock'), 0)::bigint AS out_of_stock,
    coalesce(sum(items) FILTER (WHERE status = 'critical'), 0)::bigint AS critical,
    coalesce(sum(items) FILTER (WHERE status = 'low_stock'), 0)::bigint AS low_stock,
    coalesce(sum(items) FILTER (WHERE status = 'in_stock'), 0)::bigint AS in_stock,
    coalesce(sum(items) FILTER (WHERE status = 'overstock'), 0)::bigint AS overstock,
    coalesce(sum(items) FILTER (WHERE status = 'not_kept'), 0)::bigint AS not_kept
FROM app.item_days
GROUP BY account_type, day;
COMMENT ON VIEW app.items_by_day IS
'Items of the low-stock report by status, per account and day, as of the last build of the day. No row: none was built';
COMMENT ON COLUMN app.items_by_day.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.items_by_day.day IS 'Day in Europe/Bucharest';
COMMENT ON COLUMN app.items_by_day.items IS 'Items of every status';
COMMENT ON COLUMN app.items_by_day.out_of_stock IS 'Items with nothing left to sell';
COMMENT ON COLUMN app.items_by_day.critical IS 'Items at or below their minimum';
COMMENT ON COLUMN app.items_by_day.low_stock IS 'Items at or below their reorder point';
COMMENT ON COLUMN app.items_by_day.in_stock IS 'Items with enough';
COMMENT ON COLUMN app.items_by_day.overstock IS 'Items at or above their maximum';
COMMENT ON COLUMN app.items_by_day.not_kept IS
'Items that run out and are in none of these: they never sold, or are not worth keeping';

-- What a period came to for each item: its status before the first change against its status after the last one. So
-- there and back is nothing, and nothing outside of the period has to be known.
CREATE OR REPLACE VIEW app.status_movements AS
WITH net AS (
    SELECT
        period.period,
        period.starts_on,
        period.ends_on,
        moved.*,
        coalesce(moved.status_before IN ('out_of_stock', 'critical'), FALSE) AS was_critical,
        coalesce(moved.status_after IN ('out_of_stock', 'critical'), FALSE) AS is_critical
    FROM app.statistics_periods AS period
    CROSS JOIN LATERAL (
        SELECT
            change.account_type,
            change.sku,
            (array_agg(change.status_before ORDER BY change.id))[1] AS status_before,
            (array_agg(change.status_after ORDER BY change.id DESC))[1] AS status_after,
            max(change.changed_at) AS changed_at
        FROM app.item_status_changes AS change
        WHERE change.changed_at >= period.starts_at AND change.changed_at < period.ends_at
        GROUP BY change.account_type, change.sku
    ) AS moved
)

SELECT
    net.period,
    net.starts_on,
    net.ends_on,
    net.account_type,
    net.sku,
    CASE
        WHEN net.is_critical THEN CASE WHEN net.status_before IS NULL THEN 'new_and_critical' ELSE 'became_critical' END
        WHEN net.status_after IS NULL THEN 'gone_while_critical'
        ELSE 'recovered'
    END AS movement,
    net.status_before,
    net.status_after,
    net.changed_at,
    report.name,
    report.available_quantity,
    report.reorder_quantity,
    report.supplier_name
FROM net
LEFT JOIN app.low_stock_report AS report ON net.account_type = report.account_type AND net.sku = report.sku
WHERE net.was_critical <> net.is_critical;
COMMENT ON VIEW app.status_movements IS
'Items that were not critical before a day, week or month and are after it, or the other way round. Critical here means'
' critical or out of stock; there and back within the period is no movement';
COMMENT ON COLUMN app.status_movements.period IS 'day, week or month';
COMMENT ON COLUMN app.status_movements.starts_on IS 'First day of the period, Europe/Bucharest';
COMMENT ON COLUMN app.status_movements.ends_on IS 'Last day of the period, Europe/Bucharest';
COMMENT ON COLUMN app.status_movements.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.status_movements.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.status_movements.movement IS
'became_critical; recovered; new_and_critical: it came into the report and is critical; gone_while_critical: it was'
' critical and is not in the report any more';
COMMENT ON COLUMN app.status_movements.status_before IS 'Status before the period; null: it was not in the report';
COMMENT ON COLUMN app.status_movements.status_after IS
'Status at its end; null: it is not in the report any more';
COMMENT ON COLUMN app.status_movements.changed_at IS 'When its status last changed in the period, UTC';
COMMENT ON COLUMN app.status_movements.name IS 'Name of the product, as it is now';
COMMENT ON COLUMN app.status_movements.available_quantity IS 'Pieces that can be sold, as it is now';
COMMENT ON COLUMN app.status_movements.reorder_quantity IS 'Pieces to order, as it is now';
COMMENT ON COLUMN app.status_movements.supplier_name IS 'Whom to order from, as it is now';

CREATE OR REPLACE VIEW app.status_movements_by_account AS
SELECT
    period,
    starts_on,
    ends_on,
    account_type,
    count(*) FILTER (WHERE movement = 'became_critical') AS became_critical,
    count(*) FILTER (WHERE movement = 'recovered') AS recovered,
    count(*) FILTER (WHERE movement = 'new_and_critical') AS new_and_critical,
    count(*) FILTER (WHERE movement = 'gone_while_critical') AS gone_while_critical
FROM app.status_movements
GROUP BY period, starts_on, ends_on, account_type;
COMMENT ON VIEW app.status_movements_by_account IS
'status_movements counted per account. Critical items of items_by_day at the end of a period are those before it +'
' became_critical + new_and_critical - recovered - gone_while_critical';
COMMENT ON COLUMN app.status_movements_by_account.period IS 'day, week or month';
COMMENT ON COLUMN app.status_movements_by_account.starts_on IS 'First day of the period, Europe/Bucharest';
COMMENT ON COLUMN app.status_movements_by_account.ends_on IS 'Last day of the period, Europe/Bucharest';
COMMENT ON COLUMN app.status_movements_by_account.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.status_movements_by_account.became_critical IS
'Items that are critical or out of stock, and were not';
COMMENT ON COLUMN app.status_movements_by_account.recovered IS
'Items that were critical or out of stock, and are not any more';
COMMENT ON COLUMN app.status_movements_by_account.new_and_critical IS
'Items that came into the report and are critical or out of stock';
COMMENT ON COLUMN app.status_movements_by_account.gone_while_critical IS
'Items that were critical or out of stock, and are not in the report any more';
