-- A back-up failed, or was not proven. Parameters: why, number.

UPDATE app.backups
SET
    finished_at = clock_timestamp(),
    error = %(why)s
WHERE id = %(number)s;
