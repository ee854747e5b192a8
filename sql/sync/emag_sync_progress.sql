-- Upserts the progress of a sync.

INSERT INTO app.emag_sync_progress (
    sync_log_id,
    pages_done,
    pages_total,
    items_done,
    items_per_second,
    expected_end_at,
    rate_limit_hits,
    items_per_page,
    deadline_at,
    backend_pid
)
VALUES (
    %(sync_log_id)s,
    %(pages_done)s,
    %(pages_total)s,
    %(items_done)s,
    %(items_per_second)s,
    %(expected_end_at)s,
    %(rate_limit_hits)s,
    %(items_per_page)s,
    clock_timestamp() + make_interval(secs => %(seconds_left)s),
    pg_backend_pid()
)
ON CONFLICT (sync_log_id) DO UPDATE SET
    pages_done = excluded.pages_done,
    pages_total = excluded.pages_total,
    items_done = excluded.items_done,
    items_per_second = excluded.items_per_second,
    expected_end_at = excluded.expected_end_at,
    rate_limit_hits = excluded.rate_limit_hits,
    items_per_page = excluded.items_per_page,
    deadline_at = excluded.deadline_at,
    updated_at = now();
