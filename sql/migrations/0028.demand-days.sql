-- depends: 0027.sales
-- What was sold on which day, the days on which a campaign made it another number, and what is stale of them.

CREATE TABLE app.demand_days (
    account_type text NOT NULL CHECK (account_type = lower(account_type) AND account_type <> ''),
    sku text NOT NULL CHECK (sku <> ''),
    day date NOT NULL,
    ordered_units bigint NOT NULL CHECK (ordered_units >= 0),
    returned_units bigint NOT NULL CHECK (returned_units BETWEEN 0 AND ordered_units),
    elsewhere_units bigint NOT NULL CHECK (elsewhere_units >= 0),
    units bigint GENERATED ALWAYS AS (ordered_units - returned_units + elsewhere_units) STORED,
    orders integer NOT NULL CHECK (orders >= 0),
    largest_order bigint NOT NULL CHECK (largest_order >= 0),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_type, sku, day)
);
COMMENT ON TABLE app.demand_days IS
'Pieces sold, by account, SKU and day in Bucharest: from orders that count, and from sales_elsewhere. A day without a'
' row sold nothing that was read';
COMMENT ON COLUMN app.demand_days.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.demand_days.sku IS 'Seller''s SKU of the offer that the lines name';
COMMENT ON COLUMN app.demand_days.day IS 'The day of the order in Bucharest';
COMMENT ON COLUMN app.demand_days.ordered_units IS
'Pieces ordered on eMAG, in lines that count of orders not cancelled (sold_lines)';
COMMENT ON COLUMN app.demand_days.returned_units IS 'Of these: pieces that came back since, whenever that was';
COMMENT ON COLUMN app.demand_days.elsewhere_units IS 'Pieces sold in other channels (sales_elsewhere)';
COMMENT ON COLUMN app.demand_days.units IS 'Pieces sold and kept = ordered - returned + elsewhere';
COMMENT ON COLUMN app.demand_days.orders IS 'Orders on eMAG that these pieces are of';
COMMENT ON COLUMN app.demand_days.largest_order IS 'Pieces of the largest of these orders, without what came back';
COMMENT ON COLUMN app.demand_days.updated_at IS 'When the row last changed, UTC';

CREATE TABLE app.campaign_days (
    name text PRIMARY KEY CHECK (name = app.spaced(name) AND name <> ''),
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (ends_on >= starts_on)
);
COMMENT ON TABLE app.campaign_days IS
'Campaigns, such as Black Friday: their days are no base of the demand, and each item''s uplift on them is learned';
COMMENT ON COLUMN app.campaign_days.name IS 'Name of the campaign, with its year';
COMMENT ON COLUMN app.campaign_days.starts_on IS 'First day, in Bucharest';
COMMENT ON COLUMN app.campaign_days.ends_on IS 'Last day, in Bucharest';
COMMENT ON COLUMN app.campaign_days.created_by IS 'Who entered it';
COMMENT ON COLUMN app.campaign_days.created_at IS 'When, UTC';

-- The days of a build are looked up by it.
CREATE INDEX emag_orders_ordered_on ON app.emag_orders (account_type, ordered_on);

-- What of a derived table is stale. A table that is built by parts takes its rows away and builds those parts.
ALTER TABLE app.input_changes
ADD COLUMN day date,
ADD COLUMN sku text,
ADD COLUMN emag_id bigint,
ADD COLUMN part_number_key text;
COMMENT ON COLUMN app.input_changes.day IS 'Of demand_days: the day that is stale; no day and no offer: all days';
COMMENT ON COLUMN app.input_changes.sku IS
'Of demand: the item that is stale; none: what all items have in common. Of demand_days: SKU of an offer';
COMMENT ON COLUMN app.input_changes.emag_id IS
'Of demand_days: an offer that came, went or was renamed. Its lines are looked up by the build, so that none that'
' commits later is missed';
COMMENT ON COLUMN app.input_changes.part_number_key IS 'Of demand_days: the PNK of that offer';

-- Like note_input_change, for each day that a statement touched. Arguments: the derived table, the columns that count,
-- the one that is the day, and a join that finds it.
CREATE FUNCTION app.note_touched_days() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$
DECLARE
    changed text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT %1$s FROM came'
        WHEN 'DELETE' THEN 'SELECT %1$s FROM gone'
        ELSE
            '(SELECT %1$s FROM gone EXCEPT SELECT %1$s FROM came) UNION ALL'
            ' (SELECT %1$s FROM came EXCEPT SELECT %1$s FROM gone)'
    END;
BEGIN
    EXECUTE format(
        'INSERT INTO app.input_changes (name, account_type, table_name, day)'
        ' SELECT DISTINCT %4$L, account_type, %5$L, %2$s'
        ' FROM (' || changed || ') AS changed %3$s WHERE %2$s IS NOT NULL',
        TG_ARGV[1], TG_ARGV[2], TG_ARGV[3], TG_ARGV[0], TG_TABLE_NAME
    );
    RETURN NULL;
END $$;
COMMENT ON FUNCTION app.note_touched_days() IS
'Trigger of a statement: notes the days of the derived table that it touched';

CREATE FUNCTION app.note_offers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO app.input_changes (name, account_type, table_name, emag_id, part_number_key, sku)
        SELECT TG_ARGV[0], account_type, TG_TABLE_NAME, emag_id, part_number_key, sku FROM came;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO app.input_changes (name, account_type, table_name, emag_id, part_number_key, sku)
        SELECT TG_ARGV[0], account_type, TG_TABLE_NAME, emag_id, part_number_key, sku FROM gone;
    ELSE
        INSERT INTO app.input_changes (name, account_type, table_name, emag_id, part_number_key, sku) VALUES
        (TG_ARGV[0], OLD.account_type, TG_TABLE_NAME, OLD.emag_id, OLD.part_number_key, OLD.sku),
        (TG_ARGV[0], NEW.account_type, TG_TABLE_NAME, NEW.emag_id, NEW.part_number_key, NEW.sku);
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION app.note_offers() IS
'Trigger: notes for a derived table the offers that came, went, or go by another name';

CREATE FUNCTION app.note_all_accounts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$
BEGIN
    INSERT INTO app.input_changes (name, account_type, table_name)
    SELECT TG_ARGV[0], account_type, TG_TABLE_NAME FROM app.emag_accounts;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION app.note_all_accounts() IS
'Trigger: notes that a derived table, which is built by account, is stale of every account';

REVOKE EXECUTE ON FUNCTION app.note_touched_days(), app.note_offers(), app.note_all_accounts() FROM public;

CREATE PROCEDURE app.watch_days(input text, counted text, day text, found_by text DEFAULT '')
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER demand_days_inserted AFTER INSERT ON app.%1$I REFERENCING NEW TABLE AS came'
        ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_touched_days(''demand_days'', %2$L, %3$L, %4$L)', input, counted, day, found_by
    );
    EXECUTE format(
        'CREATE TRIGGER demand_days_updated AFTER UPDATE ON app.%1$I REFERENCING OLD TABLE AS gone NEW TABLE AS came'
        ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_touched_days(''demand_days'', %2$L, %3$L, %4$L)', input, counted, day, found_by
    );
    EXECUTE format(
        'CREATE TRIGGER demand_days_deleted AFTER DELETE ON app.%1$I REFERENCING OLD TABLE AS gone'
        ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_touched_days(''demand_days'', %2$L, %3$L, %4$L)', input, counted, day, found_by
    );
    EXECUTE format(
        'CREATE TRIGGER demand_days_truncated AFTER TRUNCATE ON app.%1$I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_all_accounts(''demand_days'')', input
    );
END $$;
COMMENT ON PROCEDURE app.watch_days (text, text, text, text) IS
'Lets each statement that changes an input of demand_days leave a row in input_changes for each day it touched';

CALL app.watch_days('emag_orders', 'account_type, order_id, ordered_on, status', 'ordered_on');
CALL app.watch_days(
    'emag_order_lines',
    'account_type, order_id, line_id, product_id, part_number_key, part_number, ext_part_number, status, quantity,'
    ' initial_qty, storno_qty',
    'ordered_on',
    'INNER JOIN app.emag_orders USING (account_type, order_id)'
);
CALL app.watch_days('sales_elsewhere', 'account_type, sku, day, channel, quantity', 'day');

-- By row, of updates: each sync writes the time into every offer, and transition tables would hold them all.
CREATE TRIGGER demand_days_inserted AFTER INSERT ON app.emag_products_v2 REFERENCING NEW TABLE AS came
FOR EACH STATEMENT EXECUTE FUNCTION app.note_offers('demand_days');
CREATE TRIGGER demand_days_updated AFTER UPDATE ON app.emag_products_v2
FOR EACH ROW WHEN (
    old.account_type IS DISTINCT FROM new.account_type
    OR old.emag_id IS DISTINCT FROM new.emag_id
    OR old.part_number_key IS DISTINCT FROM new.part_number_key
    OR old.sku IS DISTINCT FROM new.sku
)
EXECUTE FUNCTION app.note_offers('demand_days');
CREATE TRIGGER demand_days_deleted AFTER DELETE ON app.emag_products_v2 REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION app.note_offers('demand_days');
CREATE TRIGGER demand_days_truncated AFTER TRUNCATE ON app.emag_products_v2
FOR EACH STATEMENT EXECUTE FUNCTION app.note_all_accounts('demand_days');

-- The days whose orders are known have changed: demand is learned from them.
CREATE TRIGGER orders_read AFTER INSERT OR UPDATE OF status ON app.emag_sync_logs
FOR EACH ROW WHEN (new.sync_type = 'orders' AND new.status <> 'running')
EXECUTE FUNCTION app.note_ended_sync('demand');

CREATE TRIGGER demand_changed AFTER INSERT OR UPDATE OR DELETE ON app.campaign_days
FOR EACH ROW EXECUTE FUNCTION app.note_all_accounts('demand');
CREATE TRIGGER demand_truncated AFTER TRUNCATE ON app.campaign_days
FOR EACH STATEMENT EXECUTE FUNCTION app.note_all_accounts('demand');

INSERT INTO app.input_changes (name, account_type, table_name)
SELECT
    derived.name,
    account.account_type,
    derived.input AS table_name
FROM app.emag_accounts AS account
CROSS JOIN (VALUES ('demand_days', 'emag_orders'), ('demand', 'demand_days')) AS derived (name, input);
