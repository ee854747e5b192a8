-- Begins a reading of a window: its numbers start from 0, its watermark stays.
-- Parameters: account_type, order_type, axis, starts_at, asked_from, asked_to, sync_log_id.
UPDATE app.emag_order_windows
SET
    asked_from = %(asked_from)s,
    asked_to = %(asked_to)s,
    sync_log_id = %(sync_log_id)s,
    total_items = NULL,
    distinct_items = 0,
    processed_items = 0,
    created_items = 0,
    updated_items = 0,
    unchanged_items = 0,
    failed_items = 0,
    duplicate_items = 0,
    pages_processed = 0,
    error = NULL
WHERE
    account_type = %(account_type)s
    AND order_type = %(order_type)s
    AND axis = %(axis)s
    AND starts_at = %(starts_at)s;
