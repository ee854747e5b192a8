-- Closes the log of a sync.

UPDATE app.emag_sync_logs
SET
    status = %(status)s,
    completed_at = clock_timestamp(),
    is_complete = %(is_complete)s,
    is_proven = %(is_proven)s,
    total_items = %(announced)s,
    processed_items = %(fetched)s,
    created_items = %(created)s,
    updated_items = %(updated)s,
    unchanged_items = %(unchanged)s,
    failed_items = %(rejected)s,
    duplicate_items = %(duplicate)s,
    removed_items = %(removed)s,
    held_back_items = %(held_back)s,
    unseen_items = %(unseen)s,
    refused_items = %(refused)s,
    pages_processed = %(pages)s,
    pages_failed = %(pages_failed)s,
    api_requests_made = %(requests)s,
    rate_limit_hits = %(throttled)s,
    answers = %(answers)s,
    requests_per_minute = %(requests_per_minute)s,
    errors = %(errors)s
WHERE id = %(sync_log_id)s AND status = 'running';

DELETE FROM app.emag_sync_progress
WHERE sync_log_id = %(sync_log_id)s;
