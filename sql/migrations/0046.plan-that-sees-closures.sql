-- depends: 0044.prices
-- Levels, needs and the cost of waiting count the days on which a supplier is closed; what never sold is apart.

-- New parameters: the files of the views make them anew.
DROP FUNCTION IF EXISTS app.demand_cover(
    bigint, bigint, numeric, numeric, numeric, numeric, numeric, numeric, numeric, boolean, date
);
DROP FUNCTION IF EXISTS app.low_stock_sentences(
    jsonb, text, text, bigint, boolean, bigint, bigint, bigint, bigint, bigint, bigint, text, text, text[], text, text,
    timestamptz, numeric, numeric, numeric, text, numeric, bigint, bigint, bigint, bigint, bigint, bigint, text, text,
    bigint, bigint, bigint, text, bigint, bigint, text, numeric, text, text, numeric, date, bigint, bigint, bigint
);
DROP FUNCTION IF EXISTS app.filled(
    text, text, bigint, bigint, bigint, bigint, bigint, bigint, text, text, bigint, bigint, text, text, text, text,
    text, text, text, text, bigint, bigint, bigint, bigint, text, bigint, bigint, bigint, bigint, text, text, text,
    text, text, bigint, bigint
);

ALTER TABLE app.demand_levels
ADD COLUMN closed_days_today integer NOT NULL DEFAULT 0,
ADD COLUMN closed_days_next_review integer NOT NULL DEFAULT 0,
ADD COLUMN closed_days_in_a_week integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN app.demand_levels.lead_time_days IS
'Days from an order until its pieces can be sold, without those on which the supplier is closed';
COMMENT ON COLUMN app.demand_levels.closed_days_today IS
'Days by which an order of today comes later, because the supplier is closed (supplier_closures, app.closed_days)';
COMMENT ON COLUMN app.demand_levels.closed_days_next_review IS
'The same of an order of the next review, whose arrival the levels are for: they rise on the last day before which an'
' order would still come ahead of a closure';
COMMENT ON COLUMN app.demand_levels.closed_days_in_a_week IS 'The same of an order in a week';
COMMENT ON COLUMN app.demand_levels.least_lot IS
'The supplier''s least quantity (MOQ), or his pack where that is more, of it the part that the account''s demand is of'
' all accounts''; at least 1';
COMMENT ON COLUMN app.demand_levels.safety_stock IS
'reorder_point less what is expected in lead_time_days + closed_days_next_review + review_days, rounded down, at least'
' 0';
COMMENT ON COLUMN app.demand_levels.chance_allowed IS
'capital_cost / 365 x unit_cost_ron x lot / (margin_ron x expected_daily_demand), at most 0.25; where that is 2 or more'
' it is not worth keeping, and 99 stands for it';

ALTER TABLE app.low_stock_report
ADD COLUMN closed_days_today integer,
ADD COLUMN closed_days_next_review integer,
ADD COLUMN closed_days_in_a_week integer;
COMMENT ON COLUMN app.low_stock_report.lead_time_days IS
'Days from an order until its pieces can be sold, without those on which the supplier is closed';
COMMENT ON COLUMN app.low_stock_report.closed_days_today IS
'Days by which an order of today comes later, because the supplier is closed; null: built by an older version';
COMMENT ON COLUMN app.low_stock_report.closed_days_next_review IS
'The same of an order of the next review, whose arrival the levels are for';
COMMENT ON COLUMN app.low_stock_report.closed_days_in_a_week IS 'The same of an order in a week';
COMMENT ON COLUMN app.low_stock_report.safety_stock IS
'reorder_point less what is expected in lead time, closed days and review, at least 0';
COMMENT ON COLUMN app.replenishment_needs.gap_days IS
'Expected days without stock before the next arrival, or before an order of today would be there (closed days counted)'
' if that is sooner';
COMMENT ON COLUMN app.replenishment_needs.blocked IS
'Why it is not bought, as codes joined by "; ": ordered_elsewhere, stock_unread, not_enough_data, never_sold,'
' not_worth_keeping, no_price_in_ron, not_sellable, lost_buy_box, competitor_below_cost; null: it is, or nothing is'
' lacking';
COMMENT ON COLUMN app.replenishment_needs.order_by_date IS
'Last day on which an order is there by runs_out_on, by the lead time and the closures of the supplier; before today:'
' it is late';
COMMENT ON COLUMN app.replenishment_needs.flags IS
'What a buyer should know, as codes of plan_texts joined by "; ": order_overdue, order_given_up, transfer_overdue,'
' supplier_closed, and what speaks against buying it where a person wants it all the same; null: nothing';
COMMENT ON COLUMN app.reorder_proposals.flags IS
'What a buyer should know, as codes of plan_texts and cost_texts joined by "; ": moq_lasts_too_long, capped_to_cover,'
' filled_to_minimum_order_value, below_minimum_order_value, no_supplier, cost_incomplete, lead_time_default,'
' order_overdue, order_late, supplier_closed, never_sold, not_sellable, lost_buy_box, competitor_below_cost, and the'
' notes of its cost (supplier_offers.notes); null: nothing';

COMMENT ON COLUMN app.low_stock_report.flags IS
'What a buyer should know, as codes of demand_texts, plan_texts and cost_texts joined by "; ": those of demand and'
' stock, of blocked, of the need and of the purchase; where nothing is bought, what is not known of the offer that'
' would be chosen, and the notes of its cost; null: nothing';

-- What runs out and never sold, or is not worth keeping, is no work for a buyer: counts and lists have it apart.
CREATE FUNCTION app.listed_status(status text, is_kept boolean) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN NOT is_kept AND status IN ('out_of_stock', 'critical', 'low_stock') THEN 'not_kept' ELSE status END;
COMMENT ON FUNCTION app.listed_status(text, boolean) IS
'As what an item is counted: its status, or not_kept where it runs out and is_kept is false';

DROP TRIGGER status_changed ON app.low_stock_report;
DROP TRIGGER status_begun ON app.low_stock_report;
DROP TRIGGER status_ended ON app.low_stock_report;
ALTER TABLE app.low_stock_report
ADD COLUMN is_kept boolean;
COMMENT ON COLUMN app.low_stock_report.is_kept IS
'False: it never sold, or is not worth keeping (level_problem), nobody set levels, and nothing is ordered. Where it'
' runs out, lists and counts have it apart (not_kept). Null: built by an older version';
-- Before the triggers, so that it is no change of status.
UPDATE app.low_stock_report
SET
    is_kept
    = level_source = 'manual'
    OR coalesce(reorder_quantity, 1) > 0
    OR coalesce(level_problem NOT IN ('never_sold', 'not_worth_keeping'), TRUE)
WHERE level_source IS NOT NULL;

CREATE OR REPLACE FUNCTION app.note_status_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$
BEGIN
    INSERT INTO app.item_status_changes (account_type, sku, status_before, status_after)
    VALUES (
        coalesce(NEW.account_type, OLD.account_type),
        coalesce(NEW.sku, OLD.sku),
        app.listed_status(OLD.status, OLD.is_kept),
        app.listed_status(NEW.status, NEW.is_kept)
    );
    RETURN NULL;
END $$;
CREATE TRIGGER status_changed AFTER UPDATE OF status, is_kept ON app.low_stock_report
FOR EACH ROW
WHEN (app.listed_status(old.status, old.is_kept) IS DISTINCT FROM app.listed_status(new.status, new.is_kept))
EXECUTE FUNCTION app.note_status_change();
CREATE TRIGGER status_begun AFTER INSERT ON app.low_stock_report
FOR EACH ROW WHEN (app.listed_status(new.status, new.is_kept) IN ('out_of_stock', 'critical'))
EXECUTE FUNCTION app.note_status_change();
CREATE TRIGGER status_ended AFTER DELETE ON app.low_stock_report
FOR EACH ROW WHEN (app.listed_status(old.status, old.is_kept) IN ('out_of_stock', 'critical'))
EXECUTE FUNCTION app.note_status_change();
COMMENT ON TABLE app.item_days IS
'Items of the low-stock report per account, Bucharest day and status as it is counted (listed_status), as of the last'
' build of the day. items_by_day has a row per day';
COMMENT ON COLUMN app.item_days.status IS 'out_of_stock, critical, low_stock, in_stock, overstock or not_kept';
COMMENT ON COLUMN app.item_status_changes.status_before IS
'Status until then, as it is counted (listed_status); null: it was not in the report';

CALL app.watch_inputs('demand_levels', 'supplier_closures');
-- What was built before knows of no closure.
INSERT INTO app.input_changes (name, table_name)
SELECT
    'demand_levels' AS name,
    'supplier_closures' AS table_name
WHERE EXISTS (SELECT FROM app.demand_levels);
