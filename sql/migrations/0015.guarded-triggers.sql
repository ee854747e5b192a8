-- depends: 0014.honest-scans
-- The trigger that notes changes: safe to run with its owner's rights, and there for TRUNCATE too.

-- With the rights of its owner, because the ERP may change these tables without knowing of the report. So nobody but
-- the owner may decide what a name in it means: pg_temp, where everybody may make tables, is searched last (left out,
-- it is searched first), and every name says its schema. TRUNCATE has no transition table, and PL/pgSQL plans an
-- expression whole: the two cases are two expressions.
CREATE OR REPLACE FUNCTION app.note_change_for_report() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$
BEGIN
    IF TG_OP <> 'TRUNCATE' THEN
        IF NOT EXISTS (SELECT FROM changed) THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO app.low_stock_report_changes (table_name) VALUES (TG_TABLE_NAME);
    RETURN NULL;
END $$;

-- A trigger needs no right of whoever sets it off; only who makes one does, and that is the owner.
REVOKE EXECUTE ON FUNCTION app.note_change_for_report() FROM public;

-- Reading verbs compare the schema with their own version, whatever role they work as. The names are no secret.
GRANT USAGE ON SCHEMA migrations TO public;
GRANT SELECT ON migrations._yoyo_migration TO public;
