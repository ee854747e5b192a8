-- The user of the dashboards: reads schema app and nothing else, waits for nobody, and stops after a minute.
-- As the database's owner, once; again after an upgrade does no harm. Then give it its password: \password magflow_reader
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'magflow_reader') THEN
        CREATE ROLE magflow_reader LOGIN;
    END IF;
END $$;
ALTER ROLE magflow_reader SET default_transaction_read_only = 'on';
ALTER ROLE magflow_reader SET statement_timeout = '1min';
ALTER ROLE magflow_reader SET lock_timeout = '5s';
GRANT USAGE ON SCHEMA app TO magflow_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA app TO magflow_reader;
-- Of tables to come, made by the schema's owner.
DO $$
BEGIN
    EXECUTE format(
        'ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA app GRANT SELECT ON TABLES TO magflow_reader',
        (SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'app')
    );
END $$;
