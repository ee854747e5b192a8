-- depends: 0090.known-rows-alone
-- Each number of the report follows from its own row: what its days, the cost of its levels, and a purchase that is no
-- whole number of packs above the need, are computed of.

ALTER TABLE app.replenishment_needs
ADD COLUMN arrivals text;

COMMENT ON COLUMN app.replenishment_needs.arrivals IS
'What is on its way and counts: days in Bucharest, each with its pieces, joined by "; ", as 2026-12-01 40; ?: nobody'
' knows the day. What is late is expected as much later as it is late already; null: nothing';
COMMENT ON COLUMN app.replenishment_needs.ron_lost_before_arrival IS
'Margin lost in these days, RON: gap_days x the expected demand x the margin; 0 while no customer can buy it: stock is'
' not what it lacks; null: not known';

ALTER TABLE app.reorder_proposals
ADD COLUMN most_quantity bigint;

COMMENT ON COLUMN app.reorder_proposals.most_quantity IS
'Most pieces that last no longer than they may: of the accounts that lack some, the days that a stock may last x the'
' expected demand, less position and transfers; null: nothing caps it';

ALTER TABLE app.low_stock_report
ADD COLUMN reorder_quantity_set bigint,
ADD COLUMN arrivals text,
ADD COLUMN runs_out_on date,
ADD COLUMN closed_days_order_by integer,
ADD COLUMN purchase_most_quantity bigint,
ADD COLUMN level_supplier_name text,
ADD COLUMN level_quantity bigint,
ADD COLUMN level_price_ron numeric(20, 6),
ADD COLUMN level_freight_ron numeric(20, 6);

COMMENT ON COLUMN app.low_stock_report.reorder_quantity_set IS
'Quantity to order that a person set for low stock: reorder_quantity_raw is it where available_quantity -'
' sent_away_quantity is at most reorder_point, else 0; null: nobody did';
COMMENT ON COLUMN app.low_stock_report.reorder_quantity_raw IS
'Pieces that are missing up to maximum_stock, before transfers and rounding: maximum - (available - sent away + on'
' order + in transfer) where these are at most reorder_point, else 0; reorder_quantity_set goes before it; null: decide'
' yourself';
COMMENT ON COLUMN app.low_stock_report.arrivals IS
'What is on its way and counts: days in Bucharest, each with its pieces, joined by "; ", as 2026-12-01 40; ?: nobody'
' knows the day. What is late is expected as much later as it is late already; null: nothing';
COMMENT ON COLUMN app.low_stock_report.gap_days IS
'Expected days without stock before the next arrival, or before an order of today would be there, if that is sooner:'
' days until then - (available_quantity - sent_away_quantity) / planned_daily_demand, at least 0';
COMMENT ON COLUMN app.low_stock_report.ron_lost_before_arrival IS
'Margin lost in these days, RON: gap_days x expected demand x margin_ron, at least 0; 0 while no customer can buy it:'
' stock is not what it lacks; null: not known';
COMMENT ON COLUMN app.low_stock_report.runs_out_on IS
'First day without stock that an order can still prevent, where available_quantity - sent_away_quantity falls by'
' planned_daily_demand a day and rises with arrivals; null: not known, or more than ten years away';
COMMENT ON COLUMN app.low_stock_report.closed_days_order_by IS
'Days on which the supplier is closed between order_by_date and runs_out_on: order_by_date = runs_out_on -'
' lead_time_days, rounded up - these';
COMMENT ON COLUMN app.low_stock_report.minimum_order_quantity IS
'Least pieces of one order of the supplier (MOQ), of what is bought or would be';
COMMENT ON COLUMN app.low_stock_report.pack_size IS
'Pieces are sold in multiples of this, of what is bought or would be';
COMMENT ON COLUMN app.low_stock_report.purchase_quantity IS
'Pieces of the purchase for all accounts: purchase_raw_quantity raised to minimum_order_quantity and to whole packs;'
' where that is above purchase_most_quantity, the whole packs that are not, or 0 where these are fewer than the least'
' quantity; or more packs, up to the supplier''s least value (flags of the accounts that get some)';
COMMENT ON COLUMN app.low_stock_report.purchase_most_quantity IS
'Most pieces of the purchase that last no longer than they may (reorder_proposals.most_quantity); null: nothing caps'
' it';
COMMENT ON COLUMN app.low_stock_report.unit_cost_ron IS
'Cost of a piece that the levels are of. margin_source margin: landed, of a usual order, (level_price_ron +'
' level_freight_ron) x (1 + duty_rate); revenue: the price of a piece, as it is not known';
COMMENT ON COLUMN app.low_stock_report.level_supplier_name IS
'Whose lead time and cost the levels are of: the supplier of a usual order (supplier_offers, rank 1); null: nobody''s';
COMMENT ON COLUMN app.low_stock_report.level_quantity IS
'Pieces of that usual order: 30 days'' demand of all accounts, at least 1, raised to his MOQ and pack';
COMMENT ON COLUMN app.low_stock_report.level_price_ron IS
'Price of a piece in that order, RON; null: none or no rate is known';
COMMENT ON COLUMN app.low_stock_report.level_freight_ron IS
'Freight of a piece in that order, its part of the freight of the order included, RON; null: not known';
COMMENT ON COLUMN app.low_stock_report.reason_code IS
'What decided reorder_quantity: to_order (its share of a purchase), nothing_to_order (it does not run out), on_its_way'
' (what comes is enough), transferred (another account has enough), lasts_too_long (even the least quantity would),'
' set_by_hand, never_sold, not_worth_keeping, price_unknown, decide_yourself (null: what is known is not enough),'
' not_proposed (see blocked), not_sellable, stock_unread (eMAG sent no number), ordered_elsewhere (another account'
' orders the same pieces); null: built by an older version';
