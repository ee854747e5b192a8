-- depends: 0016.where-a-row-comes-from
-- What is stale is data: when each derived table was built, and which of its inputs have changed since. Before, both
-- were columns and tables of the report and the inventory alone.

CREATE TABLE app.builds (
    name text NOT NULL,
    account_type text NOT NULL,
    built_from bigint,
    built_at timestamptz NOT NULL,
    stale_at timestamptz,
    PRIMARY KEY (name, account_type)
);
COMMENT ON TABLE app.builds IS
'When each derived table was last built, of which sync. One row per table and account, also of a table that is built'
' for all accounts at once';
COMMENT ON COLUMN app.builds.name IS 'The derived table, such as low_stock_report';
COMMENT ON COLUMN app.builds.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.builds.built_from IS
'The newest sync of the account''s catalogue that had ended when the build began; null: none had';
COMMENT ON COLUMN app.builds.built_at IS 'When the build began, UTC';
COMMENT ON COLUMN app.builds.stale_at IS
'When the table is stale though no input changes, UTC: manual levels run out with the day; null: never';

CREATE TABLE app.input_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    account_type text NOT NULL DEFAULT '',
    table_name text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX input_changes_stale ON app.input_changes (name, account_type);
COMMENT ON TABLE app.input_changes IS
'What has changed under a derived table since it was built: one row per statement or ended sync, written by triggers,'
' taken away by the build. Rows, not a newest time: transactions that commit late are not missed';
COMMENT ON COLUMN app.input_changes.id IS 'Number of the change';
COMMENT ON COLUMN app.input_changes.name IS 'The derived table that is stale by it';
COMMENT ON COLUMN app.input_changes.account_type IS 'Account that it is stale of, lower case; empty: of all';
COMMENT ON COLUMN app.input_changes.table_name IS 'The input that was changed';
COMMENT ON COLUMN app.input_changes.changed_at IS 'When the changing transaction began, UTC';

-- What was known goes on: what was built of the newest sync is not built again, and what was stale stays stale.
INSERT INTO app.builds (name, account_type, built_from, built_at)
SELECT
    'inventory_items' AS name,
    account_type,
    inventory_sync_id,
    now() AS built_at
FROM app.emag_accounts
WHERE inventory_sync_id IS NOT NULL
UNION ALL
SELECT
    'low_stock_report' AS name,
    account_type,
    report_sync_id,
    coalesce(app.sound_time((SELECT max(report.built_at) FROM app.low_stock_report AS report)), now()) AS built_at
FROM app.emag_accounts
WHERE report_sync_id IS NOT NULL;
UPDATE app.builds
SET stale_at = ((built_at AT TIME ZONE 'Europe/Bucharest')::date + 1)::timestamp AT TIME ZONE 'Europe/Bucharest'
WHERE name = 'low_stock_report';

INSERT INTO app.input_changes (name, account_type, table_name)
SELECT
    derived.name,
    account.account_type,
    'emag_sync_logs' AS table_name
FROM app.emag_accounts AS account
CROSS JOIN (VALUES ('inventory_items'), ('low_stock_report')) AS derived (name)
LEFT JOIN app.builds AS build ON derived.name = build.name AND account.account_type = build.account_type
WHERE
    build.built_from IS DISTINCT FROM (
        SELECT max(log.id) FROM app.emag_sync_logs AS log
        WHERE log.account_type = account.account_type AND log.sync_type = 'products' AND log.status <> 'running'
    );
INSERT INTO app.input_changes (name, table_name, changed_at)
SELECT
    'low_stock_report' AS name,
    table_name,
    changed_at
FROM app.low_stock_report_changes;
INSERT INTO app.input_changes (name, table_name)
SELECT
    'supplier_verification' AS name,
    'product_supplier_sheets' AS table_name
WHERE EXISTS (SELECT FROM app.product_supplier_sheets);

DROP VIEW IF EXISTS app.refresh_needed; -- made again with the other views
DROP FUNCTION app.note_change_for_report() CASCADE; -- with its triggers
DROP TABLE app.low_stock_report_changes;
ALTER TABLE app.emag_accounts
DROP COLUMN inventory_sync_id,
DROP COLUMN report_sync_id;

-- With the rights of its owner, because the ERP may change these tables without knowing of what is built from them. So
-- nobody but the owner may decide what a name in it means (see 0015). TRUNCATE has no transition table, and PL/pgSQL
-- plans an expression whole: the two cases are two expressions.
CREATE FUNCTION app.note_input_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$
BEGIN
    IF TG_OP <> 'TRUNCATE' THEN
        IF NOT EXISTS (SELECT FROM changed) THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO app.input_changes (name, table_name) VALUES (TG_ARGV[0], TG_TABLE_NAME);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION app.note_input_change() IS
'Trigger of a statement: notes that an input of the derived table that is its argument has changed';

CREATE FUNCTION app.note_ended_sync() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$
BEGIN
    INSERT INTO app.input_changes (name, account_type, table_name)
    SELECT derived.name, NEW.account_type, TG_TABLE_NAME FROM unnest(TG_ARGV) AS derived (name);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION app.note_ended_sync() IS
'Trigger of a sync that has ended: notes it for the derived tables that are its arguments';
REVOKE EXECUTE ON FUNCTION app.note_input_change(), app.note_ended_sync() FROM public;

CREATE PROCEDURE app.watch_inputs(derived text, VARIADIC inputs text[])
LANGUAGE plpgsql
AS $$
DECLARE
    input text;
BEGIN
    FOREACH input IN ARRAY inputs LOOP
        EXECUTE format(
            'CREATE TRIGGER %3$I AFTER INSERT ON app.%1$I REFERENCING NEW TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change(%2$L)', input, derived, derived || '_inserted'
        );
        EXECUTE format(
            'CREATE TRIGGER %3$I AFTER UPDATE ON app.%1$I REFERENCING NEW TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change(%2$L)', input, derived, derived || '_updated'
        );
        EXECUTE format(
            'CREATE TRIGGER %3$I AFTER DELETE ON app.%1$I REFERENCING OLD TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change(%2$L)', input, derived, derived || '_deleted'
        );
        EXECUTE format(
            'CREATE TRIGGER %3$I AFTER TRUNCATE ON app.%1$I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change(%2$L)', input, derived, derived || '_truncated'
        );
    END LOOP;
END $$;
COMMENT ON PROCEDURE app.watch_inputs (text, text []) IS
'Lets each statement that changes one of the input tables leave a row in input_changes for the derived table';

CALL app.watch_inputs(
    'low_stock_report', 'inventory_items', 'products', 'suppliers', 'supplier_products', 'product_supplier_sheets',
    'purchase_orders', 'purchase_order_items'
);
CALL app.watch_inputs(
    'supplier_verification', 'suppliers', 'supplier_products', 'product_supplier_sheets', 'products'
);
CREATE TRIGGER catalogue_read AFTER INSERT OR UPDATE OF status ON app.emag_sync_logs
FOR EACH ROW WHEN (new.sync_type = 'products' AND new.status <> 'running')
EXECUTE FUNCTION app.note_ended_sync('inventory_items', 'low_stock_report');

-- The newest ended sync of an account, without looking through its logs.
CREATE INDEX emag_sync_logs_ended ON app.emag_sync_logs (account_type, sync_type, id) WHERE status <> 'running';
