INSERT INTO app.imports (
    kind, file_name, file_hash, imported_by, rows_read, rejected_rows, first_day, last_day
)
VALUES (
    %(kind)s,
    %(file_name)s,
    %(file_hash)s,
    %(imported_by)s,
    %(rows_read)s,
    %(rejected_rows)s,
    %(first_day)s,
    %(last_day)s
)
RETURNING id
