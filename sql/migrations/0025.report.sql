-- depends: 0024.statistics
-- Functions that are called for every row, so that PostgreSQL inlines them: it inlines none that is declared more
-- immutable than what it calls. Joining a text to a bigint is only stable, and so is array_to_string.

CREATE OR REPLACE FUNCTION app.unsound_pieces(name text, value bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value IS NOT NULL AND app.sound_pieces(value) IS NULL THEN name || ' ' || value::text END;

CREATE OR REPLACE FUNCTION app.stock_is_unread(general_stock bigint, notes text[]) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN general_stock IS NULL
AND coalesce(array_to_string(notes, chr(10)) ~ '(^|\n)(general_)?stock [^\n]* is not usable', FALSE);

-- A name as it is compared. Translating 1,400 letters takes longer than all the rest, and most names have none of them:
-- lower() folds ASCII, and normalize() has split letters from their accents.
DO $$
DECLARE
    letters text[] := regexp_match(
        pg_get_functiondef('app.normalized_name(text)'::regprocedure),
        $pattern$, '([^']+)'::text, '([^']+)'::text\)$pattern$
    );
BEGIN
    IF letters IS NULL THEN
        RAISE EXCEPTION 'normalized_name of migration 0013 is not there.';
    END IF;
    EXECUTE format(
        $function$
        CREATE OR REPLACE FUNCTION app.normalized_name(name text) RETURNS text
        LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT
        AS $body$
        DECLARE
            folded text;
        BEGIN
            IF octet_length(name) = length(name) THEN
                IF name ~ '^[!-~]+( [!-~]+)*$' COLLATE "C" THEN
                    RETURN lower(name COLLATE "C");
                END IF;
                RETURN app.spaced(lower(name COLLATE "C"));
            END IF;
            folded := lower(normalize(app.visible(name), NFKD) COLLATE "C");
            -- ASCII, accents but the Greek iota, and Chinese: of these only the comma below changes.
            IF folded
                ~ '^[\u0001-\u007f\u0300-\u0344\u0346-\u036f\u3001-\u3002\u4e00-\u9fff]*$' COLLATE "C" THEN
                folded := replace(folded, chr(806), chr(807));
            ELSE
                folded := translate(folded, %1$L, %2$L);
            END IF;
            RETURN app.spaced(normalize(replace(folded, chr(223), 'ss'), NFC));
        END $body$
        $function$,
        letters[1], letters[2]
    );
END $$;

-- Without scans of the whole table: plans are kept over the rows of a COPY, and one that was made while there were
-- few suppliers would look through all of them for each new name.
ALTER FUNCTION app.supplier_named(text) SET enable_seqscan = off;

CREATE OR REPLACE FUNCTION app.resolve_supplier() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp SET enable_seqscan = off
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
        -- Most names are spelled as they were entered: found without a call of supplier_named.
        SELECT min(supplier.id) INTO NEW.supplier_id FROM app.suppliers AS supplier
        WHERE supplier.name = NEW.supplier_name;
        IF NEW.supplier_id IS NULL THEN
            NEW.supplier_id := app.supplier_named(NEW.supplier_name);
        END IF;
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
