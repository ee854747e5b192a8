-- Roles that could use the old schema app can use the new one: tables went back there. No parameters.
DO $$
DECLARE
    role text;
BEGIN
    FOR role IN
        SELECT DISTINCT CASE WHEN granted.grantee = 0 THEN 'PUBLIC' ELSE granted.grantee::regrole::text END
        FROM pg_namespace AS namespace
        CROSS JOIN LATERAL aclexplode(namespace.nspacl) AS granted
        WHERE namespace.nspname = 'before_adoption' AND granted.privilege_type = 'USAGE'
    LOOP
        EXECUTE 'GRANT USAGE ON SCHEMA app TO ' || role;
    END LOOP;
END $$;
