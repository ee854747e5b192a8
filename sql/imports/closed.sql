UPDATE app.imports
SET created_rows = %(created)s, changed_rows = %(changed)s, unchanged_rows = %(unchanged)s
WHERE id = %(id)s
