-- The statements that take back what tables in app need of before_adoption, which people drop in the end with all that
-- depends on it: types, which their columns would go with; the extensions that bring them; sequences, which give their
-- ids. What has a name that app needs stays. Parameters: tables (their names).

WITH RECURSIVE needed AS (
    SELECT
        dependency.refclassid,
        dependency.refobjid
    FROM pg_class AS relation
    LEFT JOIN pg_attrdef AS given ON relation.oid = given.adrelid
    INNER JOIN pg_depend AS dependency
        ON
            (relation.oid = dependency.objid AND dependency.classid = 'pg_class'::regclass)
            OR (given.oid = dependency.objid AND dependency.classid = 'pg_attrdef'::regclass)
    WHERE relation.relnamespace = 'app'::regnamespace AND relation.relname = any(%(tables)s::text[])
    UNION
    -- An array needs the type of its elements, a domain the type that it limits.
    SELECT
        dependency.refclassid,
        dependency.refobjid
    FROM needed
    INNER JOIN pg_depend AS dependency
        ON needed.refclassid = dependency.classid AND needed.refobjid = dependency.objid
    WHERE needed.refclassid = 'pg_type'::regclass
)

SELECT format('ALTER TYPE %%s SET SCHEMA app', type.oid::regtype)
FROM needed
INNER JOIN pg_type AS type ON needed.refclassid = 'pg_type'::regclass AND needed.refobjid = type.oid
LEFT JOIN pg_class AS relation ON type.typrelid = relation.oid
WHERE
    type.typnamespace = 'before_adoption'::regnamespace
    AND (type.typtype IN ('e', 'd', 'r') OR (type.typtype = 'c' AND relation.relkind = 'c'))
    AND NOT EXISTS (
        SELECT FROM pg_depend AS member
        WHERE member.classid = 'pg_type'::regclass AND member.objid = type.oid AND member.deptype = 'e'
    )
    AND NOT EXISTS (
        SELECT FROM pg_type AS taken WHERE taken.typname = type.typname AND taken.typnamespace = 'app'::regnamespace
    )
UNION ALL
SELECT format('ALTER EXTENSION %%I SET SCHEMA app', extension.extname)
FROM needed
INNER JOIN pg_extension AS extension
    ON needed.refclassid = 'pg_extension'::regclass AND needed.refobjid = extension.oid
WHERE
    extension.extnamespace = 'before_adoption'::regnamespace
    AND extension.extrelocatable
    AND pg_has_role(extension.extowner, 'USAGE')
UNION ALL
SELECT format('ALTER SEQUENCE %%s SET SCHEMA app', sequence.oid::regclass)
FROM needed
INNER JOIN pg_class AS sequence ON needed.refclassid = 'pg_class'::regclass AND needed.refobjid = sequence.oid
WHERE
    sequence.relkind = 'S'
    AND sequence.relnamespace = 'before_adoption'::regnamespace
    AND NOT EXISTS (
        SELECT FROM pg_depend AS owned
        WHERE owned.classid = 'pg_class'::regclass AND owned.objid = sequence.oid AND owned.deptype IN ('a', 'i')
    )
    AND NOT EXISTS (
        SELECT FROM pg_class AS taken
        WHERE taken.relname = sequence.relname AND taken.relnamespace = 'app'::regnamespace
    );
