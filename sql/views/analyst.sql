-- The role of analysts: it reads the schema app without what is for the pipeline alone, and changes nothing. Roles are
-- the server's and not the database's, so it is there after the first database of a server was set up. Its password is
-- given by `magflow database analyst`. What this user may not do is answered as statements for an administrator, and
-- stops no migration.
CREATE OR REPLACE FUNCTION app.admit_analyst() RETURNS text[]
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- What people forget must not go on for ever: a transaction that was left open, a query without an end, a lock.
    settings CONSTANT text[] := ARRAY[
        'default_transaction_read_only=on',
        'search_path=app',
        'TimeZone=Europe/Bucharest', -- so that current_date is the seller's
        'statement_timeout=10min',
        'idle_in_transaction_session_timeout=5min',
        'lock_timeout=5s'
    ] || CASE WHEN current_setting('transaction_timeout', TRUE) IS NOT NULL THEN '{transaction_timeout=1h}'::text[] END;
    -- The users of the marketplace's API, and its answers as they came.
    hidden CONSTANT text := 'app.emag_accounts, app.raw_emag_product_bodies';
    database CONSTANT name := current_database();
    setting text;
    wanted text;
    left_to_do text[] := '{}';
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'magflow_analyst') THEN
        wanted := 'CREATE ROLE magflow_analyst LOGIN CONNECTION LIMIT 20';
        BEGIN
            EXECUTE wanted;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL; -- another database of the server was faster
            WHEN insufficient_privilege THEN RETURN ARRAY[wanted];
        END;
    END IF;

    FOREACH setting IN ARRAY settings LOOP
        IF NOT coalesce(setting = ANY((SELECT rolconfig FROM pg_roles WHERE rolname = 'magflow_analyst')::text[]), FALSE)
        THEN
            wanted := format(
                'ALTER ROLE magflow_analyst SET %I = %L', split_part(setting, '=', 1), split_part(setting, '=', 2)
            );
            BEGIN
                EXECUTE wanted;
            EXCEPTION
                WHEN insufficient_privilege THEN left_to_do := left_to_do || wanted;
            END;
        END IF;
    END LOOP;

    FOREACH wanted IN ARRAY ARRAY[
        'GRANT USAGE ON SCHEMA app TO magflow_analyst',
        'GRANT SELECT ON ALL TABLES IN SCHEMA app TO magflow_analyst',
        'REVOKE ALL ON ' || hidden || ' FROM magflow_analyst',
        'ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO magflow_analyst'
    ] LOOP
        BEGIN
            EXECUTE wanted;
        EXCEPTION
            WHEN insufficient_privilege THEN left_to_do := left_to_do || wanted;
        END;
    END LOOP;

    -- Everybody may make temporary tables in a database, and one role cannot be refused that: so only those may who
    -- were let into the schema before.
    IF has_database_privilege('public', database, 'TEMPORARY') THEN
        wanted := format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', database);
        IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = database) THEN
            FOR setting IN
                SELECT DISTINCT pg_get_userbyid(entry.grantee)
                FROM pg_namespace, aclexplode(nspacl) AS entry
                WHERE nspname = 'app' AND entry.grantee <> 0 AND pg_get_userbyid(entry.grantee) <> 'magflow_analyst'
            LOOP
                EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO %I', database, setting);
            END LOOP;
            EXECUTE wanted;
        ELSE
            left_to_do := left_to_do || wanted;
        END IF;
    END IF;

    -- Everybody may store large objects, too.
    IF has_function_privilege('magflow_analyst', 'lo_create(oid)', 'EXECUTE') THEN
        wanted := 'REVOKE EXECUTE ON FUNCTION pg_catalog.lo_creat(integer), pg_catalog.lo_create(oid),'
            || ' pg_catalog.lo_from_bytea(oid, bytea) FROM PUBLIC';
        IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            EXECUTE wanted;
        ELSE
            left_to_do := left_to_do || wanted;
        END IF;
    END IF;
    RETURN left_to_do;
END $$;
COMMENT ON FUNCTION app.admit_analyst() IS
'Makes the role magflow_analyst, which reads schema app and changes nothing, with its rights and limits. Answers'
' the statements that an administrator has to run, because this user may not; again it does no harm';
REVOKE EXECUTE ON FUNCTION app.admit_analyst() FROM public;

SELECT app.admit_analyst();
