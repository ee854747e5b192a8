-- depends: 0016.where-a-row-comes-from
-- A row of a price list belongs to a supplier by number. Lists only know names, so the number is found when the row is
-- written, by the one rule of normalized_name; a name that no supplier has makes one.

ALTER TABLE app.suppliers
ADD COLUMN identity text GENERATED ALWAYS AS (app.normalized_name(name)) STORED,
ADD COLUMN is_from_list boolean NOT NULL DEFAULT FALSE,
ADD COLUMN former_names text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN app.suppliers.identity IS
'The name as it is compared (normalized_name): rows with one identity are one supplier';
COMMENT ON COLUMN app.suppliers.is_from_list IS
'Nobody entered the supplier, a price list named him: the row is replaced by the one that people or the ERP enter, and'
' is theirs once they change it';
COMMENT ON COLUMN app.suppliers.former_names IS
'Identities he had before: lists that still use such a name mean him, unless another supplier has it now';
-- Hashed, because a name may be longer than a sorted index takes.
CREATE INDEX suppliers_name ON app.suppliers USING hash (name);
CREATE INDEX suppliers_identity ON app.suppliers USING hash (identity);
CREATE INDEX suppliers_renamed ON app.suppliers (id) WHERE former_names <> '{}';

-- PL/pgSQL, because it keeps its plans over the rows of a COPY. Normalising takes longer than all the rest, so a name
-- that is spelled as in suppliers is found without.
CREATE FUNCTION app.supplier_named(written text) RETURNS bigint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    wanted text;
    found bigint := (SELECT min(supplier.id) FROM app.suppliers AS supplier WHERE supplier.name = written);
BEGIN
    IF found IS NULL THEN
        wanted := app.normalized_name(written);
        found := coalesce(
            (SELECT min(supplier.id) FROM app.suppliers AS supplier WHERE supplier.identity = wanted),
            (
                SELECT min(supplier.id) FROM app.suppliers AS supplier
                WHERE supplier.former_names <> '{}' AND wanted = any(supplier.former_names)
            )
        );
    END IF;
    RETURN found;
END $$;
COMMENT ON FUNCTION app.supplier_named(text) IS
'The supplier (suppliers.id) that a name means: who has it, else who had it before; null when nobody';

-- With the rights of its owner: who may write price lists need not be allowed to read or enter suppliers.
CREATE FUNCTION app.resolve_supplier() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$
DECLARE
    problem text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.supplier_id = OLD.supplier_id AND NEW.supplier_name = OLD.supplier_name THEN
            RETURN NEW;
        ELSIF NEW.supplier_id = OLD.supplier_id THEN
            NEW.supplier_id := NULL; -- it was the old name's
        END IF;
    END IF;
    IF NEW.supplier_name IS NULL THEN
        problem := format(
            'supplier_name of %s cannot be null: write it as the list spells it; supplier_id alone does not say it.',
            TG_TABLE_NAME
        );
    ELSIF NEW.supplier_id IS NULL THEN
        NEW.supplier_id := app.supplier_named(NEW.supplier_name);
        IF NEW.supplier_id IS NULL THEN
            -- Two lists that name a new supplier at once make one row.
            PERFORM pg_advisory_xact_lock(hashtextextended('magflow: new supplier', 0));
            NEW.supplier_id := app.supplier_named(NEW.supplier_name);
        END IF;
        IF NEW.supplier_id IS NULL THEN
            INSERT INTO app.suppliers (name, is_from_list)
            VALUES (coalesce(nullif(app.spaced(NEW.supplier_name), ''), NEW.supplier_name), TRUE)
            RETURNING id INTO NEW.supplier_id;
        END IF;
    ELSIF NEW.supplier_id IS DISTINCT FROM app.supplier_named(NEW.supplier_name) THEN
        SELECT format(
            'supplier_id %s of %s is %s, and supplier_name is %L: leave supplier_id out, it follows from the name.',
            NEW.supplier_id, TG_TABLE_NAME, coalesce(quote_literal(left(min(supplier.name), 60)), 'no supplier'),
            left(NEW.supplier_name, 60)
        ) INTO problem
        FROM app.suppliers AS supplier
        WHERE supplier.id = NEW.supplier_id
        HAVING bool_and(supplier.identity = app.normalized_name(NEW.supplier_name)) IS NOT TRUE;
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'supplier_id', CONSTRAINT = TG_NAME,
            MESSAGE = problem;
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION app.resolve_supplier() IS
'Trigger: fills supplier_id from supplier_name, and enters a supplier that nobody knows; refuses a supplier_id without'
' a name, or with the name of another supplier';

-- What is there already. Names decide, as they did so far; a number that says the same supplier stays.
ALTER TABLE app.product_supplier_sheets DROP CONSTRAINT product_supplier_sheets_supplier_id_fkey;
WITH listed AS MATERIALIZED (
    SELECT DISTINCT sheet.supplier_name AS spelling FROM app.product_supplier_sheets AS sheet
)

INSERT INTO app.suppliers (name, is_from_list)
SELECT
    coalesce(nullif(app.spaced(min(listed.spelling)), ''), min(listed.spelling)) AS name,
    TRUE AS is_from_list
FROM listed
WHERE app.supplier_named(listed.spelling) IS NULL
GROUP BY app.normalized_name(listed.spelling);

WITH listed AS MATERIALIZED (
    SELECT
        known.supplier_name AS spelling,
        app.supplier_named(known.supplier_name) AS supplier_id
    FROM app.product_supplier_sheets AS known
    GROUP BY known.supplier_name
),

same AS (
    SELECT
        listed.spelling,
        listed.supplier_id,
        array_agg(twin.id) AS ids
    FROM listed
    INNER JOIN app.suppliers AS supplier ON listed.supplier_id = supplier.id
    INNER JOIN app.suppliers AS twin ON supplier.identity = twin.identity
    GROUP BY listed.spelling, listed.supplier_id
)

UPDATE app.product_supplier_sheets AS sheet
SET supplier_id = same.supplier_id
FROM same
WHERE sheet.supplier_name = same.spelling AND coalesce(sheet.supplier_id <> all(same.ids), TRUE);

-- A supplier that is deleted: null asks the trigger to find another one of the name, or to make one.
ALTER TABLE app.product_supplier_sheets
ADD FOREIGN KEY (supplier_id) REFERENCES app.suppliers (id) ON DELETE SET NULL,
ALTER COLUMN supplier_id SET NOT NULL;
CREATE INDEX product_supplier_sheets_supplier ON app.product_supplier_sheets (supplier_id);
COMMENT ON COLUMN app.product_supplier_sheets.supplier_id IS
'The supplier (suppliers.id), found from supplier_name when the row is written; it stays when he is renamed';
CREATE TRIGGER supplier_resolved BEFORE INSERT OR UPDATE OF supplier_name, supplier_id ON app.product_supplier_sheets
FOR EACH ROW EXECUTE FUNCTION app.resolve_supplier();
-- Also for what replication and programs without triggers write: the column is never null.
ALTER TABLE app.product_supplier_sheets ENABLE ALWAYS TRIGGER supplier_resolved;

CREATE FUNCTION app.note_supplier_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = app, pg_temp
AS $$
DECLARE
    identity text := app.normalized_name(NEW.name); -- generated columns are filled later
BEGIN
    NEW.is_from_list := FALSE;
    IF identity <> OLD.identity THEN
        NEW.former_names := array_remove(array_remove(NEW.former_names, OLD.identity) || OLD.identity, identity);
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION app.note_supplier_change() IS
'Trigger: a supplier that somebody changes is his own, and keeps the names he had';
CREATE TRIGGER supplier_changed BEFORE UPDATE OF name, is_active, is_preferred ON app.suppliers
FOR EACH ROW EXECUTE FUNCTION app.note_supplier_change();

-- With the rights of its owner: who may enter suppliers need not be allowed to write price lists.
CREATE FUNCTION app.claim_supplier_name() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$
DECLARE
    names text[] := ARRAY[NEW.identity];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        names := names || OLD.identity;
    END IF;
    -- Prices belong to who has their name now, before who had it.
    IF EXISTS (
        SELECT FROM app.suppliers AS former
        INNER JOIN app.suppliers AS named ON named.identity = any(names) AND named.identity = any(former.former_names)
        WHERE former.former_names <> '{}'
    ) THEN
        UPDATE app.product_supplier_sheets AS sheet
        SET supplier_id = NULL
        FROM app.suppliers AS former, app.suppliers AS named
        WHERE
            former.former_names <> '{}'
            AND named.identity = any(names)
            AND named.identity = any(former.former_names)
            AND sheet.supplier_id = former.id
            AND app.normalized_name(sheet.supplier_name) = named.identity;
    END IF;
    IF EXISTS (SELECT FROM app.suppliers AS listed WHERE listed.identity = NEW.identity AND listed.is_from_list) THEN
        BEGIN
            DELETE FROM app.suppliers AS listed WHERE listed.identity = NEW.identity AND listed.is_from_list;
        EXCEPTION WHEN foreign_key_violation THEN
            NULL; -- matches or orders name it already: a conflict that people settle
        END;
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION app.claim_supplier_name() IS
'Trigger: a supplier that is entered or renamed gets the prices under his name, and replaces the row a list made';
CREATE TRIGGER supplier_entered AFTER INSERT OR UPDATE OF name ON app.suppliers
FOR EACH ROW WHEN (NOT new.is_from_list) EXECUTE FUNCTION app.claim_supplier_name();

REVOKE EXECUTE ON FUNCTION app.resolve_supplier(), app.claim_supplier_name() FROM public;

COMMENT ON TABLE app.suppliers IS
'Suppliers, entered by people and the ERP or named by a price list; rows with one normalised name are one supplier, who'
' is active while one of them is';

ALTER TABLE app.low_stock_report ADD COLUMN supplier_id bigint;
COMMENT ON COLUMN app.low_stock_report.supplier_id IS
'The supplier to order from (suppliers.id); null when no price list has the SKU';
COMMENT ON COLUMN app.low_stock_report.supplier_name IS
'Whom to order from: verified first, then preferred, then cheapest; the name in suppliers, null when no price list has'
' the SKU';
INSERT INTO app.low_stock_report_changes (table_name)
SELECT 'low_stock_report' WHERE EXISTS (SELECT FROM app.low_stock_report);
