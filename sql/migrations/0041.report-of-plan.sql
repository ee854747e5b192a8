-- depends: 0039.levels
-- The report says what is to be ordered, from whom, why, and every number that follows from.

-- New parameters: the files of the views make them anew.
DROP FUNCTION IF EXISTS app.low_stock_sentences(
    text, text, text, bigint, boolean, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, text[], text,
    text, timestamptz, numeric
);
DROP FUNCTION IF EXISTS app.stock_decision(bigint, bigint, bigint, bigint, bigint, bigint, boolean, boolean, boolean);
DROP FUNCTION IF EXISTS app.demand_cover(bigint, bigint, numeric, numeric, numeric, boolean, date);
DROP FUNCTION IF EXISTS app.filled(
    text, text, bigint, bigint, bigint, bigint, bigint, bigint, text, text, bigint, bigint, text, text
);

ALTER TABLE app.low_stock_report
ALTER COLUMN reorder_quantity DROP NOT NULL,
-- What a person wants all the same (item_policies.order_anyway) is ordered though nobody can buy it now.
DROP CONSTRAINT low_stock_report_check1,
ADD COLUMN level_source text CHECK (level_source IN ('manual', 'demand', 'default')),
ADD COLUMN level_problem text,
ADD COLUMN planned_daily_demand numeric(16, 4),
ADD COLUMN daily_variance numeric(20, 6),
ADD COLUMN demand_error numeric(16, 4),
ADD COLUMN demand_class text,
ADD COLUMN abc text,
ADD COLUMN xyz text,
ADD COLUMN lead_time_days numeric(8, 2),
ADD COLUMN lead_time_spread_days numeric(8, 2),
ADD COLUMN lead_time_source text,
ADD COLUMN review_days numeric(8, 2),
ADD COLUMN capital_cost numeric(8, 6),
ADD COLUMN unit_cost_ron numeric(20, 4),
ADD COLUMN margin_ron numeric(20, 4),
ADD COLUMN margin_source text CHECK (margin_source IN ('margin', 'revenue')),
ADD COLUMN chance_allowed numeric(10, 8),
ADD COLUMN lot numeric(20, 4),
ADD COLUMN pack_part numeric(20, 4),
ADD COLUMN safety_stock bigint,
ADD COLUMN in_transfer_quantity bigint,
ADD COLUMN sent_away_quantity bigint,
ADD COLUMN overdue_quantity bigint,
ADD COLUMN next_arrival date,
ADD COLUMN gap_days numeric(10, 2),
ADD COLUMN ron_lost_before_arrival numeric(40, 2),
ADD COLUMN order_by_date date,
ADD COLUMN blocked text,
ADD COLUMN reorder_quantity_raw bigint,
ADD COLUMN transfer_quantity bigint,
ADD COLUMN transfer_from text,
ADD COLUMN purchase_raw_quantity bigint,
ADD COLUMN purchase_quantity bigint,
ADD COLUMN minimum_order_quantity bigint,
ADD COLUMN pack_size bigint,
ADD COLUMN supplier_rule text,
ADD COLUMN landed_unit_cost_ron numeric(20, 4),
ADD COLUMN cost_problem text,
ADD COLUMN cheapest_supplier_name text,
ADD COLUMN cheapest_landed_unit_cost_ron numeric(20, 4),
ADD COLUMN ron_lost_by_waiting numeric(40, 2);
COMMENT ON COLUMN app.low_stock_report.maximum_stock IS
'Order up to this, as it is used: of levels from demand reorder_point + lot';
COMMENT ON COLUMN app.low_stock_report.on_order_quantity IS
'Pieces ordered from suppliers and not yet received, without those that are overdue for too long'
' (MAGFLOW_LATE_ORDER_DAYS)';
COMMENT ON COLUMN app.low_stock_report.reorder_quantity IS
'Pieces to order for this account: its share of purchase_quantity (reorder_shares). Null: decide yourself, what is'
' known is not enough; reason says what is missing';
COMMENT ON COLUMN app.low_stock_report.reason_code IS
'What decided reorder_quantity: to_order (its share of a purchase), nothing_to_order (it does not run out), on_its_way'
' (what comes is enough), transferred (another account has enough), set_by_hand, never_sold, not_worth_keeping,'
' price_unknown, decide_yourself (null: what is known is not enough), not_proposed (see blocked), not_sellable,'
' stock_unread (eMAG sent no number), ordered_elsewhere (another account orders the same pieces); null: built by an'
' older version';
COMMENT ON COLUMN app.low_stock_report.supplier_name IS
'Whom to order from, by supplier_rule; the name in suppliers, null when no price list has the SKU';
COMMENT ON COLUMN app.low_stock_report.days_of_cover IS
'available_quantity / planned_daily_demand: days until it is sold out. Null: demand or stock is not known, or no sale'
' is expected any more';
COMMENT ON COLUMN app.low_stock_report.ron_at_risk_per_day IS
'ron_lost_by_waiting / 7: what each day of waiting with an order costs. 0 while no customer can buy it: stock is not'
' what it lacks. Null: a part is not known (flags)';
COMMENT ON COLUMN app.low_stock_report.flags IS
'What a buyer should know, as codes of demand_texts and plan_texts joined by "; "; null: nothing';
COMMENT ON COLUMN app.low_stock_report.level_source IS
'Where the levels are from: manual (a person), demand (demand_levels), default; null: built by an older version';
COMMENT ON COLUMN app.low_stock_report.level_problem IS
'Why demand gives no levels, as a code: not_enough_data, never_sold, no_price, not_worth_keeping; null: it does, or'
' nobody has computed them yet';
COMMENT ON COLUMN app.low_stock_report.planned_daily_demand IS
'Pieces a day that levels, cover and risk are of: expected_daily_demand, of accounts on one warehouse that of all of'
' them';
COMMENT ON COLUMN app.low_stock_report.daily_variance IS 'Variance of a day''s pieces, of planned_daily_demand';
COMMENT ON COLUMN app.low_stock_report.demand_error IS 'Standard error of planned_daily_demand';
COMMENT ON COLUMN app.low_stock_report.demand_class IS
'For people: smooth, erratic, intermittent, lumpy (demand.demand_class)';
COMMENT ON COLUMN app.low_stock_report.abc IS 'For people: A, B or C by margin a day (demand_levels.abc)';
COMMENT ON COLUMN app.low_stock_report.xyz IS
'For people: X, Y or Z by how much it varies from month to month (demand_levels.xyz)';
COMMENT ON COLUMN app.low_stock_report.lead_time_days IS 'Days from an order until its pieces can be sold';
COMMENT ON COLUMN app.low_stock_report.lead_time_spread_days IS 'Standard deviation of these days';
COMMENT ON COLUMN app.low_stock_report.lead_time_source IS
'Where they are from: receipts (learned), terms (the supplier says so), default (45 ± 10, nobody knows)';
COMMENT ON COLUMN app.low_stock_report.review_days IS 'Days between two looks at the list';
COMMENT ON COLUMN app.low_stock_report.capital_cost IS
'RON a year that a RON of stock must earn, when the levels were made';
COMMENT ON COLUMN app.low_stock_report.unit_cost_ron IS
'Cost of a piece that the levels are of: landed; where that is not known, the price (margin_source)';
COMMENT ON COLUMN app.low_stock_report.margin_ron IS
'What a piece sold earns: price without VAT less commission, fulfilment fee and landed cost; revenue: the price';
COMMENT ON COLUMN app.low_stock_report.margin_source IS
'margin; revenue: cost or fees are not known, so that the price stands for the margin; null: no price in RON either';
COMMENT ON COLUMN app.low_stock_report.chance_allowed IS
'Chance to run out before an order is there that is worth taking: capital_cost / 365 x unit_cost_ron x lot /'
' (margin_ron x planned_daily_demand)';
COMMENT ON COLUMN app.low_stock_report.lot IS 'Pieces of an economic order, not rounded (demand_levels.lot)';
COMMENT ON COLUMN app.low_stock_report.pack_part IS
'Part of the supplier''s pack that falls to the account: rounding up to packs adds half of it (demand_levels)';
COMMENT ON COLUMN app.low_stock_report.safety_stock IS
'reorder_point less what is expected in lead time and review, at least 0';
COMMENT ON COLUMN app.low_stock_report.in_transfer_quantity IS 'Pieces on their way from another account';
COMMENT ON COLUMN app.low_stock_report.sent_away_quantity IS
'Pieces of available_quantity that have left for another account since the stock was read';
COMMENT ON COLUMN app.low_stock_report.overdue_quantity IS 'Pieces on order that are past their day';
COMMENT ON COLUMN app.low_stock_report.next_arrival IS 'Day in Bucharest of the next arrival; null: none is dated';
COMMENT ON COLUMN app.low_stock_report.gap_days IS
'Expected days without stock before the next arrival, or before an order of today would be there';
COMMENT ON COLUMN app.low_stock_report.ron_lost_before_arrival IS 'Margin lost in these days; null: not known';
COMMENT ON COLUMN app.low_stock_report.order_by_date IS
'Last day on which an order is in time, by expected demand and lead time, closures of the supplier counted';
COMMENT ON COLUMN app.low_stock_report.blocked IS
'Why it is not proposed, as codes of plan_texts joined by "; "; null: nothing is against it';
COMMENT ON COLUMN app.low_stock_report.reorder_quantity_raw IS
'Pieces that are missing up to maximum_stock, before transfers and rounding: maximum - (available - sent'
' away + on order + in transfer) where these are at most reorder_point, else 0; null: decide yourself';
COMMENT ON COLUMN app.low_stock_report.transfer_quantity IS 'Pieces of it to be moved here from transfer_from first';
COMMENT ON COLUMN app.low_stock_report.transfer_from IS 'The account, or accounts joined by ", ", that can spare them';
COMMENT ON COLUMN app.low_stock_report.purchase_raw_quantity IS
'Pieces that all accounts lack, less transfers (reorder_proposals.raw_quantity); null: none is bought';
COMMENT ON COLUMN app.low_stock_report.purchase_quantity IS
'Pieces of the purchase for all accounts: purchase_raw_quantity raised to minimum_order_quantity and to whole packs, or'
' less where that would last too long (flags)';
COMMENT ON COLUMN app.low_stock_report.minimum_order_quantity IS 'Least pieces of one order of the supplier (MOQ)';
COMMENT ON COLUMN app.low_stock_report.pack_size IS 'Pieces are sold in multiples of this';
COMMENT ON COLUMN app.low_stock_report.supplier_rule IS
'Which rule chose the supplier: preferred, verified, cheapest, only one, cost incomplete, no supplier';
COMMENT ON COLUMN app.low_stock_report.landed_unit_cost_ron IS
'(price + freight) x (1 + duty) of a piece in RON, at purchase_quantity; where nothing is bought, at a usual quantity'
' (supplier_offers.planning_quantity); null: cost_problem';
COMMENT ON COLUMN app.low_stock_report.cost_problem IS
'What is missing for the landed cost, as codes joined by "; "; null: nothing';
COMMENT ON COLUMN app.low_stock_report.cheapest_supplier_name IS 'Who is cheapest by landed cost at the same need';
COMMENT ON COLUMN app.low_stock_report.cheapest_landed_unit_cost_ron IS 'His landed cost of a piece, RON';
COMMENT ON COLUMN app.low_stock_report.ron_lost_by_waiting IS
'What is lost if it is ordered in a week instead of today, RON: margin_ron x the pieces that are expected to be short'
' more (app.demand_cover). 0 and null: as ron_at_risk_per_day';

INSERT INTO app.input_changes (name, table_name)
SELECT
    'low_stock_report' AS name,
    'demand' AS table_name
WHERE EXISTS (SELECT FROM app.low_stock_report);
