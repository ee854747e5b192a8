-- depends: 0011.configured-accounts
-- Numbers that are not numbers, and times that are none, are refused at the door; what the report says of goods that
-- cannot be sold and of levels that contradict each other; samples of what customers could buy.

-- What each kind of value may be: the value, or null where it cannot be. NaN is above every number, so an upper bound
-- keeps it out. Used at the door, by the list of unsound values, and wherever such a value is left out.
CREATE FUNCTION app.sound_pieces(value bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value BETWEEN 0 AND 1000000000 THEN value END;
COMMENT ON FUNCTION app.sound_pieces(bigint) IS
'A number of pieces, 0 to 1000000000; null when it cannot be one';

CREATE FUNCTION app.unsound_pieces(name text, value bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value IS NOT NULL AND app.sound_pieces(value) IS NULL THEN name || ' ' || value END;
COMMENT ON FUNCTION app.unsound_pieces(text, bigint) IS
'Name and value of a number of pieces that cannot be one; null when it can';

CREATE FUNCTION app.sound_order(value bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value BETWEEN 1 AND 1000000000 THEN value END;
COMMENT ON FUNCTION app.sound_order(bigint) IS 'Pieces ordered, 1 to 1000000000; null when they cannot be';

CREATE FUNCTION app.sound_stock(value bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value BETWEEN 0 AND 1000000000000000 THEN value END;
COMMENT ON FUNCTION app.sound_stock(bigint) IS
'Pieces there, 0 to 10^15: syncs write what eMAG claims, cut at that; null when they cannot be';

CREATE FUNCTION app.sound_units(value integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value BETWEEN 1 AND 1000000 THEN value END;
COMMENT ON FUNCTION app.sound_units(integer) IS 'Units that a rate is for, 1 to 1000000; null when they cannot be';

CREATE FUNCTION app.sound_cost(value numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value >= 0 AND value < 10000000000 THEN value END;
COMMENT ON FUNCTION app.sound_cost(numeric) IS
'A price that may be 0, below 10000000000; null when it cannot be one';

CREATE FUNCTION app.sound_price(value numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value > 0 AND value < 10000000000 THEN value END;
COMMENT ON FUNCTION app.sound_price(numeric) IS
'A price or rate, above 0 and below 10000000000; null when it cannot be one';

CREATE FUNCTION app.sound_day(value date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value BETWEEN '1900-01-01'::date AND '9999-12-31'::date THEN value END;
COMMENT ON FUNCTION app.sound_day(date) IS 'A day of the years 1900 to 9999; null when it is none';

CREATE FUNCTION app.sound_time(value timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN value >= '1900-01-01 00:00:00+00'::timestamptz AND value < '2200-01-01 00:00:00+00'::timestamptz THEN value
END;
COMMENT ON FUNCTION app.sound_time(timestamptz) IS 'A time of the years 1900 to 2199; null when it is none';

-- Nothing of the stock was a number, as the notes of records.py say it: the 0 that is stored is not a stock.
CREATE FUNCTION app.stock_is_unread(general_stock bigint, notes text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN general_stock IS NULL
AND coalesce(array_to_string(notes, chr(10)) ~ '(^|\n)(general_)?stock [^\n]* is not usable', FALSE);
COMMENT ON FUNCTION app.stock_is_unread(bigint, text[]) IS
'Whether what eMAG sent for the stock of an offer was no number, so that 0 pieces are stored for want of one';

-- A trigger, not a CHECK: a CHECK looks at the whole row again when a sync changes another column of it, and a bad
-- value that was there before would stop that sync. It says what is allowed, too.
CREATE FUNCTION app.refuse_value() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    column_name text := TG_ARGV[0];
BEGIN
    -- A program that writes back all columns of a row may keep what was there before this rule.
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) -> column_name IS NOT DISTINCT FROM to_jsonb(NEW) -> column_name THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'check_violation',
        SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = column_name, CONSTRAINT = TG_NAME,
        MESSAGE = format(
            '%s of %s cannot be %s: use %s.', column_name, TG_TABLE_NAME,
            coalesce(left(to_jsonb(NEW) ->> column_name, 60), 'null'), TG_ARGV[1]
        );
END $$;
COMMENT ON FUNCTION app.refuse_value() IS
'Trigger: refuses a value of a column with a sentence that says what is allowed. Arguments: column, what is allowed';

DO $$
DECLARE
    rule record;
BEGIN
    FOR rule IN
        SELECT *
        FROM (
            VALUES
            ('inventory_items', 'manual_reserved', 'app.sound_pieces(NEW.%I)', 'a whole number from 0 to 1000000000'),
            ('inventory_items', 'manual_minimum_stock', 'app.sound_pieces(NEW.%I)',
             'a whole number from 0 to 1000000000, or null for the default'),
            ('inventory_items', 'manual_reorder_point', 'app.sound_pieces(NEW.%I)',
             'a whole number from 0 to 1000000000, or null for the default'),
            ('inventory_items', 'manual_maximum_stock', 'app.sound_pieces(NEW.%I)',
             'a whole number from 0 to 1000000000, or null for the default'),
            ('inventory_items', 'manual_reorder_quantity', 'app.sound_pieces(NEW.%I)',
             'a whole number from 0 to 1000000000, 0 for never, or null for what is computed'),
            ('inventory_items', 'manual_valid_until', 'app.sound_day(NEW.%I)',
             'a day of the years 1900 to 9999, or null for no end'),
            -- Syncs write these too, cut at the same bound: eMAG's claims may be absurd.
            ('inventory_items', 'quantity', 'app.sound_stock(NEW.%I)',
             'a whole number from 0 to 1000000000000000'),
            ('inventory_items', 'reserved_quantity', 'app.sound_stock(NEW.%I)',
             'a whole number from 0 to 1000000000000000'),
            ('product_supplier_sheets', 'price_cny', 'app.sound_price(NEW.%I)',
             'a number above 0, or null when the price is not known'),
            ('product_supplier_sheets', 'updated_at', 'app.sound_time(NEW.%I)', 'a time of the years 1900 to 2199'),
            ('supplier_products', 'confirmed_at', 'app.sound_time(NEW.%I)', 'a time of the years 1900 to 2199, or null'),
            ('supplier_products', 'created_at', 'app.sound_time(NEW.%I)', 'a time of the years 1900 to 2199'),
            ('suppliers', 'created_at', 'app.sound_time(NEW.%I)', 'a time of the years 1900 to 2199'),
            ('products', 'created_at', 'app.sound_time(NEW.%I)', 'a time of the years 1900 to 2199'),
            ('warehouses', 'created_at', 'app.sound_time(NEW.%I)', 'a time of the years 1900 to 2199'),
            ('inventory_items', 'created_at', 'app.sound_time(NEW.%I)', 'a time of the years 1900 to 2199'),
            ('inventory_items', 'updated_at', 'app.sound_time(NEW.%I)', 'a time of the years 1900 to 2199'),
            ('purchase_orders', 'ordered_at', 'app.sound_time(NEW.%I)', 'a time of the years 1900 to 2199, or null'),
            ('purchase_orders', 'expected_on', 'app.sound_day(NEW.%I)', 'a day of the years 1900 to 9999, or null'),
            ('purchase_orders', 'created_at', 'app.sound_time(NEW.%I)', 'a time of the years 1900 to 2199'),
            ('purchase_order_items', 'quantity', 'app.sound_order(NEW.%I)',
             'a whole number from 1 to 1000000000'),
            ('purchase_order_items', 'received_quantity', 'app.sound_pieces(NEW.%I)',
             'a whole number from 0 to 1000000000, or null when nothing was received'),
            ('purchase_order_items', 'unit_price', 'app.sound_cost(NEW.%I)',
             'a number from 0 up, or null when the price is not known'),
            ('exchange_rates', 'ron', 'app.sound_price(NEW.%I)', 'a number above 0'),
            ('exchange_rates', 'units', 'app.sound_units(NEW.%I)',
             'a whole number from 1 to 1000000'),
            ('exchange_rates', 'rate_date', 'app.sound_day(NEW.%I)', 'a day of the years 1900 to 9999'),
            ('emag_sync_logs', 'started_at', 'app.sound_time(NEW.%I)', 'a time of the years 1900 to 2199'),
            ('emag_sync_logs', 'completed_at', 'app.sound_time(NEW.%I)', 'a time of the years 1900 to 2199, or null')
        ) AS rules (table_name, column_name, sound, allowed)
    LOOP
        EXECUTE format(
            'CREATE TRIGGER %1$I BEFORE INSERT OR UPDATE OF %2$I ON app.%3$I FOR EACH ROW'
            ' WHEN (NEW.%2$I IS NOT NULL AND (%4$s) IS NULL) EXECUTE FUNCTION app.refuse_value(%2$L, %5$L)',
            'sound_' || rule.column_name, rule.column_name, rule.table_name,
            format(rule.sound, rule.column_name), rule.allowed
        );
    END LOOP;
END $$;

-- For ever is told as everywhere else, by no day at all: a program that cannot read 'infinity' reads null.
CREATE FUNCTION app.no_end_is_null() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.manual_valid_until := NULL;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION app.no_end_is_null() IS 'Trigger: manual levels that are valid until infinity have no last day';
CREATE TRIGGER no_end_is_null BEFORE INSERT OR UPDATE OF manual_valid_until ON app.inventory_items
FOR EACH ROW WHEN (new.manual_valid_until = 'infinity') EXECUTE FUNCTION app.no_end_is_null();
UPDATE app.inventory_items SET manual_valid_until = NULL WHERE manual_valid_until = 'infinity';

ALTER TABLE app.low_stock_report
ADD COLUMN is_sellable boolean NOT NULL DEFAULT TRUE,
ADD COLUMN not_sellable_reason text,
ADD COLUMN not_sellable_reason_ro text,
ADD COLUMN levels_note text,
ADD COLUMN levels_note_ro text,
ADD CHECK (is_sellable = (not_sellable_reason IS NULL)),
ADD CHECK (is_sellable OR reorder_quantity = 0);
COMMENT ON COLUMN app.low_stock_report.is_sellable IS
'Whether customers can buy it when it is in stock: active, priced, and not refused by eMAG';
COMMENT ON COLUMN app.low_stock_report.not_sellable_reason IS
'Why not: nothing is ordered for it; null: it can be sold';
COMMENT ON COLUMN app.low_stock_report.not_sellable_reason_ro IS 'The same in Romanian';
COMMENT ON COLUMN app.low_stock_report.levels_note IS
'What set values contradict each other or cannot be, and what is used instead; null: nothing';
COMMENT ON COLUMN app.low_stock_report.levels_note_ro IS 'The same in Romanian';
COMMENT ON COLUMN app.low_stock_report.minimum_stock IS
'At or below: critical. As it is used: a level that contradicts another is moved, see levels_note';
COMMENT ON COLUMN app.low_stock_report.reorder_point IS 'At or below: low stock, as it is used';
COMMENT ON COLUMN app.low_stock_report.maximum_stock IS 'Order up to this, as it is used';
COMMENT ON COLUMN app.low_stock_report.name IS
'Name of the product: as people or the ERP wrote it, else as it is on eMAG';
COMMENT ON COLUMN app.low_stock_report.brand IS 'Brand: as people or the ERP wrote it, else as it is on eMAG';
-- A report that is there was built by the old rules.
INSERT INTO app.low_stock_report_changes (table_name)
SELECT 'low_stock_report' WHERE EXISTS (SELECT FROM app.low_stock_report);

-- What eMAG said when the row was made: what differs from it, people wrote.
ALTER TABLE app.products
ADD COLUMN emag_name text,
ADD COLUMN emag_brand text;
COMMENT ON COLUMN app.products.emag_name IS
'Name on eMAG when a sync made the row: a name that differs was written by people, and wins';
COMMENT ON COLUMN app.products.emag_brand IS
'Brand on eMAG when a sync made the row: a brand that differs was written by people, and wins';
UPDATE app.products AS product
SET
    emag_name = (
        SELECT min(offer.name) FROM app.emag_products_v2 AS offer
        WHERE offer.sku = product.sku AND offer.name = product.name
    ),
    emag_brand = (
        SELECT min(offer.brand) FROM app.emag_products_v2 AS offer
        WHERE offer.sku = product.sku AND offer.brand = product.brand
    )
WHERE product.source = 'emag';

ALTER TABLE app.stock_snapshots
ADD COLUMN samples_sellable integer CHECK (samples_sellable BETWEEN 0 AND samples_in_stock);
COMMENT ON COLUMN app.stock_snapshots.samples_sellable IS
'Syncs that saw it for sale: active, validated, visible, priced and in stock: demand is per these.'
' Null: not known, the day has samples from before this was kept';
