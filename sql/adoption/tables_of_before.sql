-- Tables of the program before this one: in app, and those in public that app does not have, if some of them have names
-- that nobody else gives. Parameters: tables (their names).
SELECT
    old.schema_name,
    old.table_name
FROM (
    SELECT DISTINCT ON (relation.relname)
        namespace.nspname AS schema_name,
        relation.relname AS table_name,
        bool_or(namespace.nspname = 'app' OR relation.relname LIKE 'emag\_%%') OVER () AS is_of_before
    FROM pg_class AS relation
    INNER JOIN pg_namespace AS namespace ON relation.relnamespace = namespace.oid
    WHERE
        namespace.nspname IN ('app', 'public')
        AND relation.relkind IN ('r', 'p')
        AND relation.relname = any(%(tables)s::text[])
    ORDER BY relation.relname, namespace.nspname
) AS old
WHERE old.is_of_before
ORDER BY array_position(%(tables)s::text[], old.table_name::text);
