-- The rights on a database by role, null for everybody, where an administrator has changed them. Parameter: name.

WITH changed AS (
    SELECT
        datacl,
        datdba
    FROM pg_database
    WHERE datname = %(name)s AND datacl IS NOT NULL
),

granted AS (
    SELECT
        acl.grantee,
        acl.privilege_type
    FROM changed
    CROSS JOIN aclexplode(changed.datacl) AS acl
    WHERE acl.grantee <> changed.datdba
)

SELECT
    NULL AS grantee,
    (SELECT string_agg(DISTINCT privilege_type, ', ') FROM granted WHERE grantee = 0) AS rights
FROM changed
UNION ALL
SELECT
    role.rolname AS grantee,
    string_agg(DISTINCT granted.privilege_type, ', ') AS rights
FROM granted
INNER JOIN pg_roles AS role ON granted.grantee = role.oid
GROUP BY role.rolname;
