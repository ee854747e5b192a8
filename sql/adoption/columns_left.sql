-- Values of columns that no statement reads. Parameters: table_name, columns (those that are read).
INSERT INTO before_adoption.quarantined_rows (table_name, row_number, is_kept, old_row, reason)
SELECT
    %(table_name)s AS table_name,
    old.place AS row_number,
    TRUE AS is_kept,
    pg_temp.only(old.old_row, unread.names) AS old_row,
    'there is no place for these columns' AS reason
FROM pg_temp.old_rows AS old
CROSS JOIN
    LATERAL (
        SELECT array_agg(each.key) AS names
        FROM jsonb_each(old.old_row) AS each
        WHERE each.value <> 'null' AND each.key <> all(%(columns)s::text[])
    ) AS unread
WHERE
    unread.names IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM before_adoption.quarantined_rows AS whole
        WHERE whole.table_name = %(table_name)s AND whole.row_number = old.place AND NOT whole.is_kept
    );
