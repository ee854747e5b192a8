-- The tables and sequences that this user's pg_dump could not read, each with its owner.
SELECT
    format('%I.%I', namespace.nspname, relation.relname) AS unreadable,
    pg_get_userbyid(relation.relowner)::text AS belongs_to
FROM pg_class AS relation
INNER JOIN pg_namespace AS namespace ON relation.relnamespace = namespace.oid
WHERE
    relation.relkind IN ('r', 'p', 'S')
    AND namespace.nspname !~ '^(pg_|information_schema$)'
    AND NOT (has_schema_privilege(namespace.oid, 'USAGE') AND has_table_privilege(relation.oid, 'SELECT'))
    AND NOT EXISTS (
        SELECT FROM pg_depend
        WHERE classid = 'pg_class'::regclass AND objid = relation.oid AND deptype = 'e'
    )
ORDER BY unreadable
