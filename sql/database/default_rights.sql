-- The statements that give roles on the tables to come of another owner what they were given on those of this user: an
-- upgrade's new tables are read by the dashboards as before. Parameters: role, the new owner; schemas.

SELECT DISTINCT
    format(
        'ALTER DEFAULT PRIVILEGES FOR ROLE %%I IN SCHEMA %%I GRANT %%s ON %%s TO %%s',
        %(role)s::text,
        namespace.nspname,
        granted.privilege_type,
        CASE given.defaclobjtype
            WHEN 'r' THEN 'TABLES'
            WHEN 'S' THEN 'SEQUENCES'
            WHEN 'f' THEN 'ROUTINES'
            ELSE 'TYPES'
        END,
        granted.grantee::regrole
    )
FROM pg_default_acl AS given
INNER JOIN pg_namespace AS namespace ON given.defaclnamespace = namespace.oid
CROSS JOIN LATERAL aclexplode(given.defaclacl) AS granted
WHERE
    namespace.nspname = any(%(schemas)s::text[])
    AND given.defaclrole = (SELECT role.oid FROM pg_roles AS role WHERE role.rolname = session_user)
    AND granted.grantee NOT IN (0, given.defaclrole, %(role)s::text::regrole);
