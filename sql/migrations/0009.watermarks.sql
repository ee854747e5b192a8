-- depends: 0008.scan-that-survives
-- What inventory and report were built from, and what has changed since: a sensor compares them.

ALTER TABLE app.emag_accounts
ADD COLUMN inventory_sync_id bigint,
ADD COLUMN report_sync_id bigint;
COMMENT ON COLUMN app.emag_accounts.inventory_sync_id IS
'The newest ended sync that the inventory was built after; null: it has to be built';
COMMENT ON COLUMN app.emag_accounts.report_sync_id IS 'The newest ended sync that low_stock_report was built after';

ALTER TABLE app.emag_sync_progress ADD COLUMN deadline_at timestamptz;
COMMENT ON COLUMN app.emag_sync_progress.deadline_at IS 'When the sync ends by itself at the latest, UTC';

CREATE TABLE app.low_stock_report_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_name text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE app.low_stock_report_changes IS
'What changed under the report since it was built: one row per statement, written by triggers, taken by the build.'
' Rows, not a newest time: transactions that commit late are not missed';
COMMENT ON COLUMN app.low_stock_report_changes.id IS 'Number of the change';
COMMENT ON COLUMN app.low_stock_report_changes.table_name IS 'The table that was changed';
COMMENT ON COLUMN app.low_stock_report_changes.changed_at IS 'When the changing transaction began, UTC';

-- With the rights of its owner: the ERP may change these tables without knowing of the report.
CREATE FUNCTION app.note_change_for_report() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app
AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' OR EXISTS (SELECT FROM changed) THEN
        INSERT INTO low_stock_report_changes (table_name) VALUES (TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION app.note_change_for_report() IS 'Trigger: notes that a table the report is built from has changed';

DO $$
DECLARE
    input text;
BEGIN
    FOREACH input IN ARRAY ARRAY[
        'inventory_items', 'products', 'suppliers', 'supplier_products', 'product_supplier_sheets',
        'purchase_orders', 'purchase_order_items'
    ] LOOP
        EXECUTE format(
            'CREATE TRIGGER report_input_inserted AFTER INSERT ON app.%I REFERENCING NEW TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_change_for_report()', input
        );
        EXECUTE format(
            'CREATE TRIGGER report_input_updated AFTER UPDATE ON app.%I REFERENCING NEW TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_change_for_report()', input
        );
        EXECUTE format(
            'CREATE TRIGGER report_input_deleted AFTER DELETE ON app.%I REFERENCING OLD TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_change_for_report()', input
        );
        EXECUTE format(
            'CREATE TRIGGER report_input_truncated AFTER TRUNCATE ON app.%I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_change_for_report()', input
        );
    END LOOP;
END $$;
