-- Writes the rows of an import into one table; answers how many are new, changed, and as they were.
SELECT
    created,
    changed,
    unchanged
FROM app.write_import(
    %(target)s::regclass,
    %(source)s,
    %(keys)s::text[],
    %(columns)s::text[],
    %(import_id)s,
    %(signed)s,
    %(by)s
)
