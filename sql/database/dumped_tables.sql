-- The tables whose rows pg_dump dumps: not the system's, nor those that an extension brings.
-- No parameters.

SELECT
    namespace.nspname AS schema_name,
    relation.relname AS table_name
FROM pg_class AS relation
INNER JOIN pg_namespace AS namespace ON relation.relnamespace = namespace.oid
WHERE
    relation.relkind = 'r'
    AND namespace.nspname !~ '^pg_'
    AND namespace.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_depend AS dependency
        WHERE
            dependency.classid = 'pg_class'::regclass
            AND dependency.objid = relation.oid
            AND dependency.deptype = 'e'
    )
ORDER BY schema_name, table_name;
