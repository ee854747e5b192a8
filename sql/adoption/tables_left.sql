-- Tables in before_adoption that are not known, and whether they can go back to app: all names they bring are free
-- there, and they inherit from no known table, with which they would be dropped. Partitions of known tables are these.
-- Parameters: known.

WITH RECURSIVE known_tables AS (
    SELECT relation.oid
    FROM pg_class AS relation
    WHERE relation.relnamespace = 'before_adoption'::regnamespace AND relation.relname = any(%(known)s::text[])
    UNION
    SELECT child.inhrelid
    FROM known_tables
    INNER JOIN pg_inherits AS child ON known_tables.oid = child.inhparent
)

SELECT
    relation.relname AS table_name,
    NOT EXISTS (
        SELECT
        FROM pg_class AS brought
        INNER JOIN pg_class AS taken
            ON brought.relname = taken.relname AND taken.relnamespace = 'app'::regnamespace
        WHERE
            brought.oid = relation.oid
            OR brought.oid IN (
                SELECT index.indexrelid FROM pg_index AS index WHERE index.indrelid = relation.oid
                UNION ALL
                SELECT dependency.objid
                FROM pg_depend AS dependency
                WHERE
                    dependency.refobjid = relation.oid
                    AND dependency.refclassid = 'pg_class'::regclass
                    AND dependency.classid = 'pg_class'::regclass
                    AND dependency.deptype IN ('a', 'i')
            )
    )
    AND NOT EXISTS (
        SELECT FROM pg_type AS type WHERE type.typname = relation.relname AND type.typnamespace = 'app'::regnamespace
    )
    AND relation.oid NOT IN (SELECT known_tables.oid FROM known_tables) AS is_free
FROM pg_class AS relation
WHERE
    relation.relnamespace = 'before_adoption'::regnamespace
    AND relation.relkind IN ('r', 'p', 'f')
    AND relation.relname <> 'quarantined_rows'
    AND relation.relname <> all(%(known)s::text[])
    AND NOT (relation.relispartition AND relation.oid IN (SELECT known_tables.oid FROM known_tables))
ORDER BY relation.relname;
