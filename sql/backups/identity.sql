-- What a back-up says of itself: its moment, the schema's revision, whose it is, and the roles that its rights name.
-- No parameters. The server's first superuser (10) is in no dependency, and may be in every list of rights.

SELECT
    transaction_timestamp() AS taken_at,
    (SELECT max(version_num) FROM migrations.alembic_version) AS schema_revision,
    coalesce(
        (SELECT jsonb_agg(DISTINCT jsonb_build_array(marketplace, username)) FROM app.emag_accounts), '[]'
    ) AS sources,
    (
        SELECT array_agg(DISTINCT role.rolname::text)
        FROM pg_roles AS role
        WHERE
            role.oid = 10
            OR role.rolname = current_user
            OR EXISTS (
                SELECT FROM pg_shdepend AS dependency
                INNER JOIN pg_database AS here ON dependency.dbid = here.oid
                WHERE
                    here.datname = current_database()
                    AND dependency.refclassid = 'pg_authid'::regclass
                    AND dependency.refobjid = role.oid
            )
    ) AS roles;
