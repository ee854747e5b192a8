-- Retention has removed files. Parameter: files, their names.

UPDATE app.backups
SET removed_at = clock_timestamp()
WHERE file = any(%(files)s::text[]) AND removed_at IS NULL;
