-- The statements that let nobody into this database but its owner and who has something in schema public there, or was
-- given rights on it. By default PostgreSQL lets in every role of the server, which may then store temporary tables and
-- large objects. None where that is so already, or this user may not do it. No parameters.

WITH here AS (
    SELECT
        oid,
        datname,
        datdba
    FROM pg_database
    WHERE
        datname = current_database()
        AND pg_has_role(datdba, 'USAGE')
        AND (has_database_privilege('public', oid, 'CONNECT') OR has_database_privilege('public', oid, 'TEMPORARY'))
),

users AS (
    SELECT relation.relowner AS role
    FROM pg_class AS relation
    WHERE relation.relnamespace = 'public'::regnamespace
    UNION
    SELECT granted.grantee
    FROM pg_class AS relation
    CROSS JOIN LATERAL aclexplode(relation.relacl) AS granted
    WHERE relation.relnamespace = 'public'::regnamespace AND granted.grantee <> 0
)

SELECT format('GRANT CONNECT ON DATABASE %I TO %s', here.datname, users.role::regrole)
FROM here
INNER JOIN users ON here.datdba <> users.role
UNION ALL
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', here.datname)
FROM here;
