-- The roles of the server, least rights each: magflow_pipeline does the work, magflow_erp writes what docs/data.md lets
-- other programs write, magflow_analyst reads. The owner of the schema is magflow_owner, made before any migration
-- (database/roles.py). Rights are given anew after each migration; passwords by `magflow database analyst`, `erp`,
-- `pipeline`. What this user may not do is answered as statements for an administrator, and stops no migration.
CREATE OR REPLACE FUNCTION app.tried(statements text[]) RETURNS text[]
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted text;
    left_to_do text[] := '{}';
BEGIN
    FOREACH wanted IN ARRAY statements LOOP
        BEGIN
            EXECUTE wanted;
        EXCEPTION
            WHEN insufficient_privilege THEN left_to_do := left_to_do || wanted;
        END;
    END LOOP;
    RETURN left_to_do;
END $$;
COMMENT ON FUNCTION app.tried(text[]) IS
'Runs statements with the rights of this user, and answers those that it may not run';
REVOKE EXECUTE ON FUNCTION app.tried(text[]) FROM public;

-- Roles are the server's and not the database's, so it is there after the first database of a server was set up.
CREATE OR REPLACE FUNCTION app.make_role(role name, options text, settings text[]) RETURNS text[]
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made CONSTANT text := format('CREATE ROLE %I LOGIN', role) || coalesce(' ' || options, '');
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        BEGIN
            EXECUTE made;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL; -- another database of the server was faster
            WHEN insufficient_privilege THEN RETURN ARRAY[made];
        END;
    END IF;
    RETURN app.tried(
        CASE WHEN NOT (SELECT rolcanlogin FROM pg_roles WHERE rolname = role) -- a restore made it
            THEN ARRAY[format('ALTER ROLE %I LOGIN', role) || coalesce(' ' || options, '')]
        END
        || ARRAY(
            SELECT format('ALTER ROLE %I SET %I = %L', role, split_part(setting, '=', 1), split_part(setting, '=', 2))
            FROM unnest(settings) AS setting
            WHERE NOT coalesce(setting = ANY((SELECT rolconfig FROM pg_roles WHERE rolname = role)::text[]), FALSE)
        )
    );
END $$;
COMMENT ON FUNCTION app.make_role(name, text, text[]) IS
'Makes a role that logs in, with its settings, where it is missing. Answers what an administrator has to run';
REVOKE EXECUTE ON FUNCTION app.make_role(name, text, text[]) FROM public;

-- What people forget must not go on for ever: a transaction that was left open, a query without an end, a lock.
CREATE OR REPLACE FUNCTION app.settings_of_people() RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
RETURN ARRAY[
    'search_path=app',
    'TimeZone=Europe/Bucharest', -- so that current_date is the seller's
    'statement_timeout=10min',
    'idle_in_transaction_session_timeout=5min',
    'lock_timeout=5s'
] || CASE WHEN current_setting('transaction_timeout', TRUE) IS NOT NULL THEN '{transaction_timeout=1h}'::text[] END;
COMMENT ON FUNCTION app.settings_of_people() IS 'Settings of the roles of people and their programs';

-- Everybody may make temporary tables in a database, and one role cannot be refused that: so only those may who were
-- let into the schema before.
CREATE OR REPLACE FUNCTION app.admit_analyst() RETURNS text[]
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- The users of the marketplace's API, and its answers as they came.
    hidden CONSTANT text := 'app.emag_accounts, app.raw_emag_product_bodies';
    database CONSTANT name := current_database();
    owner CONSTANT text := (SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'app');
    readers CONSTANT name[] := '{magflow_analyst,magflow_erp}';
    reader text;
    wanted text;
    locks text;
    left_to_do text[];
BEGIN
    left_to_do := app.make_role(
        'magflow_analyst', 'CONNECTION LIMIT 20', ARRAY['default_transaction_read_only=on'] || app.settings_of_people()
    );
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'magflow_analyst') THEN
        RETURN left_to_do;
    END IF;
    FOREACH reader IN ARRAY readers LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = reader) THEN
            left_to_do := left_to_do || app.tried(ARRAY[
                'GRANT USAGE ON SCHEMA app TO ' || reader,
                'GRANT SELECT ON ALL TABLES IN SCHEMA app TO ' || reader,
                'REVOKE ALL ON ' || hidden || ' FROM ' || reader,
                format('ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA app GRANT SELECT ON TABLES TO %s', owner, reader)
            ]);
        END IF;
    END LOOP;

    IF has_database_privilege('public', database, 'TEMPORARY') THEN
        wanted := format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', database);
        IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = database) THEN
            FOR reader IN
                SELECT DISTINCT entry.grantee::regrole::text
                FROM pg_namespace, aclexplode(nspacl) AS entry
                WHERE
                    nspname = 'app'
                    AND entry.grantee <> 0
                    AND pg_get_userbyid(entry.grantee) <> ALL(readers)
            LOOP
                EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO %s', database, reader);
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

    -- And hold the locks of a sync. The triggers that take one have the rights of the schema's owner.
    IF EXISTS (
        SELECT FROM pg_roles
        WHERE rolname = ANY(readers) AND has_function_privilege(oid, 'pg_advisory_lock(bigint)', 'EXECUTE')
    ) THEN
        locks := (
            SELECT string_agg(oid::regprocedure::text, ', ' ORDER BY oid)
            FROM pg_proc
            WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^pg_(try_)?advisory_(xact_)?lock'
        );
        FOREACH wanted IN ARRAY ARRAY[
            format('GRANT EXECUTE ON FUNCTION %s TO %s', locks, (
                SELECT string_agg(DISTINCT entry.grantee::regrole::text, ', ')
                FROM pg_namespace, aclexplode(nspacl) AS entry
                WHERE nspname = 'app' AND entry.grantee <> 0 AND pg_get_userbyid(entry.grantee) <> ALL(readers)
            )),
            format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC, %s', locks, (
                SELECT string_agg(rolname, ', ' ORDER BY rolname) FROM pg_roles WHERE rolname = ANY(readers)
            ))
        ] LOOP
            IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
                EXECUTE wanted;
            ELSE
                left_to_do := left_to_do || wanted;
            END IF;
        END LOOP;
    END IF;
    RETURN left_to_do;
END $$;
COMMENT ON FUNCTION app.admit_analyst() IS
'Makes the role magflow_analyst, which reads schema app and changes nothing, with its rights and limits. Answers'
' the statements that an administrator has to run, because this user may not; again it does no harm';
REVOKE EXECUTE ON FUNCTION app.admit_analyst() FROM public;

CREATE OR REPLACE FUNCTION app.admit_erp() RETURNS text[]
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    left_to_do text[];
BEGIN
    left_to_do := app.make_role('magflow_erp', 'CONNECTION LIMIT 20', app.settings_of_people());
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'magflow_erp') THEN
        RETURN left_to_do;
    END IF;
    -- Columns that a trigger, a sync or a draft fills are not among them.
    RETURN left_to_do || app.tried(ARRAY(
        SELECT
            CASE WHEN columns IS NULL
                THEN format('GRANT %s ON app.%I TO magflow_erp', rights, written)
                ELSE format(
                    'GRANT %s ON app.%I TO magflow_erp',
                    (
                        SELECT string_agg(item || CASE WHEN item = 'DELETE' THEN '' ELSE ' (' || columns || ')' END, ', ')
                        FROM unnest(string_to_array(rights, ', ')) AS item
                    ),
                    written
                )
            END
        FROM (
            VALUES
            ('suppliers', 'INSERT, UPDATE, DELETE', 'name, is_preferred, is_active'),
            (
                'supplier_products',
                'INSERT, UPDATE, DELETE',
                'supplier_id, local_product_id, supplier_product_url, manual_confirmed, confirmed_by, confirmed_at, is_active'
            ),
            (
                'product_supplier_sheets',
                'INSERT, UPDATE, DELETE',
                'sku, supplier_name, supplier_id, price_cny, supplier_url, is_active, article_name, specification'
            ),
            ('supplier_terms', 'INSERT, UPDATE, DELETE', NULL),
            ('supplier_price_breaks', 'INSERT, UPDATE, DELETE', NULL),
            ('supplier_receipts', 'INSERT, UPDATE, DELETE', NULL),
            ('supplier_closures', 'INSERT, UPDATE, DELETE', NULL),
            ('product_costs', 'INSERT, UPDATE, DELETE', NULL),
            ('marketplace_fees', 'INSERT, UPDATE, DELETE', NULL),
            (
                'inventory_items',
                'UPDATE',
                'manual_reserved, manual_minimum_stock, manual_reorder_point, manual_maximum_stock,'
                ' manual_reorder_quantity, manual_set_by, manual_reason, manual_valid_until'
            ),
            ('item_policies', 'INSERT, UPDATE, DELETE', NULL),
            (
                'purchase_orders',
                'INSERT, UPDATE',
                'supplier_id, status, currency, ordered_at, expected_on, shipping, note'
            ),
            (
                'purchase_order_items',
                'INSERT, UPDATE',
                'purchase_order_id, product_id, warehouse_id, quantity, received_quantity, unit_price, expected_on, note'
            ),
            ('stock_transfers', 'INSERT, UPDATE, DELETE', NULL),
            ('sales_elsewhere', 'INSERT, UPDATE, DELETE', NULL),
            ('stock_counts', 'INSERT, UPDATE, DELETE', NULL),
            ('campaign_days', 'INSERT, UPDATE, DELETE', NULL),
            ('products', 'UPDATE', 'name, brand')
        ) AS writable (written, rights, columns)
    ));
END $$;
COMMENT ON FUNCTION app.admit_erp() IS
'Makes the role magflow_erp, which writes what docs/data.md lets other programs write, with its rights and limits.'
' Answers the statements that an administrator has to run';
REVOKE EXECUTE ON FUNCTION app.admit_erp() FROM public;

CREATE OR REPLACE FUNCTION app.admit_pipeline() RETURNS text[]
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner CONSTANT text := (SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'app');
    left_to_do text[];
BEGIN
    -- A function that changes rows, or makes tables, is the pipeline's: triggers are called by nobody.
    left_to_do := app.tried(ARRAY(
        SELECT format(
            'REVOKE EXECUTE ON %s %s FROM PUBLIC',
            CASE prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, oid::regprocedure
        )
        FROM pg_proc
        WHERE
            pronamespace = ANY(ARRAY['app', 'limits']::regnamespace[])
            AND (provolatile = 'v' OR prosecdef)
            AND has_function_privilege('public', oid, 'EXECUTE')
    )) || app.make_role('magflow_pipeline', NULL, NULL);
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'magflow_pipeline') THEN
        RETURN left_to_do;
    END IF;
    RETURN left_to_do || app.tried(ARRAY[
        format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO magflow_pipeline', current_database()),
        'GRANT USAGE ON SCHEMA app, limits, migrations TO magflow_pipeline',
        'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA app, limits TO magflow_pipeline',
        'GRANT SELECT ON ALL TABLES IN SCHEMA migrations TO magflow_pipeline', -- for back-ups
        'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA app TO magflow_pipeline',
        format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA app, limits'
            ' GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO magflow_pipeline',
            owner
        ),
        format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA app GRANT USAGE, SELECT ON SEQUENCES TO magflow_pipeline',
            owner
        )
    ] || ARRAY(
        SELECT format('GRANT EXECUTE ON FUNCTION %s TO magflow_pipeline', oid::regprocedure)
        FROM pg_proc
        WHERE
            pronamespace = ANY(ARRAY['app', 'limits']::regnamespace[])
            AND proname = ANY('{analyze_grown,begin_build,begin_import,note_build,write_difference,write_import,make_table}')
            AND NOT has_function_privilege('magflow_pipeline', oid, 'EXECUTE')
    ) || ARRAY(
        SELECT format(wanted, nspname)
        FROM
            pg_namespace,
            unnest(ARRAY[
                'GRANT USAGE ON SCHEMA %I TO magflow_pipeline',
                'GRANT SELECT ON ALL TABLES IN SCHEMA %I TO magflow_pipeline',
                'GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO magflow_pipeline'
            ]) AS wanted
        WHERE nspname = 'before_adoption' -- for back-ups
    ) || CASE
        WHEN NOT pg_has_role('magflow_pipeline', 'pg_read_all_stats', 'USAGE')
            THEN ARRAY['GRANT pg_read_all_stats TO magflow_pipeline'] -- who holds a lock, and what he does
    END);
END $$;
COMMENT ON FUNCTION app.admit_pipeline() IS
'Makes the role magflow_pipeline, which does the work of MagFlow and owns nothing, with its rights. Answers the'
' statements that an administrator has to run';
REVOKE EXECUTE ON FUNCTION app.admit_pipeline() FROM public;

CREATE OR REPLACE FUNCTION app.admit_roles() RETURNS text[]
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
RETURN app.admit_pipeline() || app.admit_erp() || app.admit_analyst();
COMMENT ON FUNCTION app.admit_roles() IS
'Makes the roles of MagFlow and gives them their rights. Answers the statements that an administrator has to run,'
' because this user may not; again it does no harm';
REVOKE EXECUTE ON FUNCTION app.admit_roles() FROM public;
