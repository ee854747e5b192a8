-- Closes back-ups whose process died. Whoever runs it holds the lock that they held.
-- No parameters.

UPDATE app.backups
SET
    finished_at = clock_timestamp(),
    error = 'It was killed before it ended.'
WHERE finished_at IS NULL;
