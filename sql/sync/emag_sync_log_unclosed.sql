-- How a sync ended whose log could not be closed, for the process that closes it. Parameters: sync_log_id, reason.
UPDATE app.emag_sync_progress
SET unclosed_because = %(reason)s
WHERE sync_log_id = %(sync_log_id)s;
