-- Stores the marketplace's count, and the mode. Parameters: sync_log_id, total_items, operation.
UPDATE app.emag_sync_logs
SET total_items = %(total_items)s, operation = %(operation)s
WHERE id = %(sync_log_id)s;
