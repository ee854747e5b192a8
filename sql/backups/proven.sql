-- A back-up was restored and was equal to its source. Parameters: number, size (bytes), tables, rows.

UPDATE app.backups
SET
    finished_at = clock_timestamp(),
    proven_at = clock_timestamp(),
    size_bytes = %(size)s,
    tables = %(tables)s,
    rows_held = %(rows)s
WHERE id = %(number)s;
