-- The statements that make a role the owner of what belongs to the session's user in some schemas, and of the database.
-- What an extension brought stays. Parameters: role, schemas.

WITH named AS (
    SELECT
        oid,
        nspname,
        nspowner
    FROM pg_namespace
    WHERE nspname = any(%(schemas)s::text[])
),

wanted AS (
    SELECT oid
    FROM pg_roles
    WHERE rolname = %(role)s
),

things AS (
    SELECT
        format('SCHEMA %%I', named.nspname) AS thing,
        named.nspowner AS owner
    FROM named
    WHERE named.nspname <> 'public'
    UNION ALL
    SELECT
        format(
            '%%s %%s',
            CASE relation.relkind
                WHEN 'v' THEN 'VIEW'
                WHEN 'm' THEN 'MATERIALIZED VIEW'
                WHEN 'S' THEN 'SEQUENCE'
                ELSE 'TABLE'
            END,
            relation.oid::regclass
        ) AS thing,
        relation.relowner AS owner
    FROM pg_class AS relation
    INNER JOIN named ON relation.relnamespace = named.oid
    WHERE
        relation.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
        AND NOT EXISTS (
            SELECT FROM pg_depend AS dependency
            WHERE
                dependency.classid = 'pg_class'::regclass
                AND dependency.objid = relation.oid
                -- A sequence goes with its column.
                AND (dependency.deptype = 'e' OR (relation.relkind = 'S' AND dependency.deptype IN ('a', 'i')))
        )
    UNION ALL
    SELECT
        -- As a ROUTINE, a function and one whose results have the types of the other's arguments are the same.
        format(
            '%%s %%s',
            CASE routine.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END,
            routine.oid::regprocedure
        ) AS thing,
        routine.proowner AS owner
    FROM pg_proc AS routine
    INNER JOIN named ON routine.pronamespace = named.oid
    WHERE
        NOT EXISTS (
            SELECT FROM pg_depend AS dependency
            WHERE
                dependency.classid = 'pg_proc'::regclass
                AND dependency.objid = routine.oid
                AND dependency.deptype = 'e'
        )
    UNION ALL
    SELECT
        format('TYPE %%s', type.oid::regtype) AS thing,
        type.typowner AS owner
    FROM pg_type AS type
    INNER JOIN named ON type.typnamespace = named.oid
    LEFT JOIN pg_class AS relation ON type.typrelid = relation.oid
    WHERE type.typtype IN ('e', 'd', 'r') OR (type.typtype = 'c' AND relation.relkind = 'c')
    UNION ALL
    SELECT
        format('DATABASE %%I', datname) AS thing,
        datdba AS owner
    FROM pg_database
    WHERE datname = current_database()
)

SELECT format('ALTER %%s OWNER TO %%I', things.thing, %(role)s)
FROM things
CROSS JOIN wanted
WHERE
    things.owner <> wanted.oid
    AND (
        things.owner = (SELECT role.oid FROM pg_roles AS role WHERE role.rolname = session_user)
        OR (things.thing LIKE 'DATABASE %%' AND %(role)s = 'magflow_owner')
    );
