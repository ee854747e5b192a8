-- How a sync ended, where its log could not be closed: whoever closes it says so. Parameters: sync_log_id, reason.
UPDATE app.emag_sync_progress
SET unclosed_because = %(reason)s
WHERE sync_log_id = %(sync_log_id)s;
