-- depends: 0034.supply
-- What is planned from demand, costs and stock: levels, needs, transfers, purchases. Each table is written by
-- difference by one build.

CREATE TABLE app.supplier_offers (
    sku text NOT NULL,
    supplier_id bigint NOT NULL,
    shipping text NOT NULL,
    supplier_name text NOT NULL,
    is_preferred boolean NOT NULL,
    is_verified boolean NOT NULL,
    lead_time_days numeric(8, 2) NOT NULL,
    lead_time_spread_days numeric(8, 2) NOT NULL,
    lead_time_source text NOT NULL CHECK (lead_time_source IN ('receipts', 'terms', 'default')),
    minimum_order_quantity bigint NOT NULL,
    pack_size bigint NOT NULL,
    minimum_order_value_ron numeric(20, 4),
    asked_on date,
    rate numeric(20, 10),
    rate_date date,
    freight_per_piece_ron numeric(20, 6),
    freight_per_order_ron numeric(20, 6),
    duty_rate numeric(8, 6),
    planning_quantity bigint NOT NULL,
    unit_price numeric(14, 4),
    currency text,
    landed_unit_cost_ron numeric(20, 4),
    problem text,
    notes text,
    rank integer NOT NULL,
    rule text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sku, supplier_id, shipping)
);
COMMENT ON TABLE app.supplier_offers IS
'What each active supplier offers for each SKU by each way of shipping, with the landed cost in RON at a usual'
' quantity';
COMMENT ON COLUMN app.supplier_offers.sku IS 'Our SKU';
COMMENT ON COLUMN app.supplier_offers.supplier_id IS 'The supplier (supplier_names.canonical_id)';
COMMENT ON COLUMN app.supplier_offers.shipping IS 'Way of shipping (supplier_terms.shipping)';
COMMENT ON COLUMN app.supplier_offers.supplier_name IS 'The supplier''s name as it is shown';
COMMENT ON COLUMN app.supplier_offers.is_preferred IS 'Whether he is chosen before cheaper ones';
COMMENT ON COLUMN app.supplier_offers.is_verified IS 'Whether a person confirmed him for the SKU';
COMMENT ON COLUMN app.supplier_offers.lead_time_days IS 'Days from an order until its pieces can be sold';
COMMENT ON COLUMN app.supplier_offers.lead_time_spread_days IS 'Standard deviation of these days';
COMMENT ON COLUMN app.supplier_offers.lead_time_source IS
'receipts: learned from three or more; terms: as he says; default: 45 ± 10 days, nobody knows';
COMMENT ON COLUMN app.supplier_offers.minimum_order_quantity IS 'Least pieces of one order (MOQ)';
COMMENT ON COLUMN app.supplier_offers.pack_size IS 'Pieces are sold in multiples of this';
COMMENT ON COLUMN app.supplier_offers.minimum_order_value_ron IS 'Least value of an order of all articles; null: none';
COMMENT ON COLUMN app.supplier_offers.asked_on IS 'Day in Bucharest of the price';
COMMENT ON COLUMN app.supplier_offers.rate IS 'RON for one unit of currency';
COMMENT ON COLUMN app.supplier_offers.rate_date IS 'Day of that rate';
COMMENT ON COLUMN app.supplier_offers.freight_per_piece_ron IS 'Freight of a piece by weight and volume';
COMMENT ON COLUMN app.supplier_offers.freight_per_order_ron IS 'Freight of an order whatever its size';
COMMENT ON COLUMN app.supplier_offers.duty_rate IS 'Customs duty as a part of price and freight; null: nobody told';
COMMENT ON COLUMN app.supplier_offers.planning_quantity IS
'Pieces that the cost here is of: 30 days'' demand of all accounts, at least 1, rounded up to MOQ and pack';
COMMENT ON COLUMN app.supplier_offers.unit_price IS 'Price of a piece at that quantity, in currency';
COMMENT ON COLUMN app.supplier_offers.currency IS 'ISO 4217 code of the price';
COMMENT ON COLUMN app.supplier_offers.landed_unit_cost_ron IS
'(price + freight) x (1 + duty) of a piece in RON; null: cost incomplete, see problem';
COMMENT ON COLUMN app.supplier_offers.problem IS
'What is missing for the landed cost, as codes joined by "; "; null: nothing';
COMMENT ON COLUMN app.supplier_offers.notes IS
'What the cost leaves out because nobody entered it, and what is old, as codes joined by "; "; null: nothing';
COMMENT ON COLUMN app.supplier_offers.rank IS '1: chosen at that quantity; then in the order of the rule';
COMMENT ON COLUMN app.supplier_offers.rule IS
'Why he has his rank: preferred, verified, cheapest, only one, cost incomplete';
COMMENT ON COLUMN app.supplier_offers.updated_at IS 'When the row last changed, UTC';

CREATE TABLE app.demand_levels (
    account_type text NOT NULL,
    sku text NOT NULL,
    warehouse text NOT NULL,
    reorder_point bigint,
    order_up_to bigint,
    safety_stock bigint,
    lot numeric(20, 4),
    line_cost numeric(20, 6),
    least_lot numeric(20, 4),
    chance_allowed numeric(10, 8),
    expected_daily_demand numeric(16, 4),
    daily_variance numeric(20, 6),
    demand_error numeric(16, 4),
    supplier_id bigint,
    shipping text,
    lead_time_days numeric(8, 2) NOT NULL,
    lead_time_spread_days numeric(8, 2) NOT NULL,
    lead_time_source text NOT NULL,
    review_days numeric(8, 2) NOT NULL,
    capital_cost numeric(8, 6) NOT NULL,
    most_cover_days integer NOT NULL,
    is_capped boolean NOT NULL,
    price_ron numeric(20, 4),
    commission_rate numeric(8, 6),
    fulfilment_fee_ron numeric(14, 4),
    landed_unit_cost_ron numeric(20, 4),
    unit_cost_ron numeric(20, 4),
    margin_ron numeric(20, 4),
    margin_source text CHECK (margin_source IN ('margin', 'revenue')),
    abc text CHECK (abc IN ('A', 'B', 'C')),
    xyz text CHECK (xyz IN ('X', 'Y', 'Z')),
    monthly_variation numeric(14, 4),
    is_unsold boolean NOT NULL,
    problem text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_type, sku),
    CHECK ((reorder_point IS NULL) = (problem IS NOT NULL))
);
COMMENT ON TABLE app.demand_levels IS
'The levels that demand asks for, and every number they follow from (docs/rules.md, Levels): a row for each SKU of each'
' warehouse that an active offer sells, at the account that orders it (ordering_accounts)';
COMMENT ON COLUMN app.demand_levels.account_type IS 'The account that orders it, lower case';
COMMENT ON COLUMN app.demand_levels.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.demand_levels.warehouse IS
'Code of the warehouse whose stock the levels are of, for all accounts that sell from it';
COMMENT ON COLUMN app.demand_levels.reorder_point IS
'Largest stock, on order included, at which one orders: the chance to be short exceeds chance_allowed; null: problem';
COMMENT ON COLUMN app.demand_levels.order_up_to IS
'reorder_point + lot, rounded, at least one piece; no more than lasts most_cover_days (is_capped)';
COMMENT ON COLUMN app.demand_levels.safety_stock IS
'reorder_point less what is expected in lead time and review, rounded down, at least 0';
COMMENT ON COLUMN app.demand_levels.lot IS
'Pieces of an economic order, not rounded: √(2 x line_cost x expected_daily_demand / unit_cost_ron), at most what lasts'
' most_cover_days, and at least least_lot';
COMMENT ON COLUMN app.demand_levels.line_cost IS
'What an order line costs, divided by what a RON of stock costs a day, in RON x days: such that all lots together make'
' as many order lines as wanted (MAGFLOW_ORDER_LINES_A_WEEK)';
COMMENT ON COLUMN app.demand_levels.least_lot IS
'The supplier''s least quantity (MOQ), of it the part that the account''s demand is of all accounts''; at least 1';
COMMENT ON COLUMN app.demand_levels.chance_allowed IS
'capital_cost / 365 x unit_cost_ron x lot / (margin_ron x expected_daily_demand); from 1 on it is not worth keeping, and'
' 99 stands for more';
COMMENT ON COLUMN app.demand_levels.expected_daily_demand IS
'Pieces a day that it is planned for; of accounts on one warehouse, of all of them';
COMMENT ON COLUMN app.demand_levels.daily_variance IS 'Variance of a day''s pieces';
COMMENT ON COLUMN app.demand_levels.demand_error IS 'Standard error of expected_daily_demand';
COMMENT ON COLUMN app.demand_levels.supplier_id IS
'The supplier whose lead time and cost are used; null: none is known';
COMMENT ON COLUMN app.demand_levels.shipping IS 'His way of shipping';
COMMENT ON COLUMN app.demand_levels.lead_time_days IS 'Days from an order until its pieces can be sold';
COMMENT ON COLUMN app.demand_levels.lead_time_spread_days IS 'Standard deviation of these days';
COMMENT ON COLUMN app.demand_levels.lead_time_source IS 'receipts, terms or default (supplier_offers.lead_time_source)';
COMMENT ON COLUMN app.demand_levels.review_days IS 'Days between two looks at the list';
COMMENT ON COLUMN app.demand_levels.capital_cost IS 'RON a year that a RON of stock must earn (MAGFLOW_CAPITAL_COST)';
COMMENT ON COLUMN app.demand_levels.most_cover_days IS
'Days that order_up_to lasts at most (item_policies, else MAGFLOW_MOST_COVER_DAYS)';
COMMENT ON COLUMN app.demand_levels.is_capped IS 'Whether most_cover_days made the levels lower';
COMMENT ON COLUMN app.demand_levels.price_ron IS
'Selling price of a piece without VAT in RON; null: it has none, or its currency no rate';
COMMENT ON COLUMN app.demand_levels.commission_rate IS
'Part of the price that eMAG keeps (marketplace_fees); null: nobody told';
COMMENT ON COLUMN app.demand_levels.fulfilment_fee_ron IS
'What eMAG keeps of a piece for fulfilment (marketplace_fees); null: nobody told, which is 0 where the seller ships';
COMMENT ON COLUMN app.demand_levels.landed_unit_cost_ron IS
'Landed cost of a piece at a usual quantity (supplier_offers); null: not known';
COMMENT ON COLUMN app.demand_levels.unit_cost_ron IS
'What a piece costs: landed; where margin_source is revenue, the price';
COMMENT ON COLUMN app.demand_levels.margin_ron IS
'What a piece sold earns: price without VAT less commission, fulfilment fee and landed cost; revenue: the price';
COMMENT ON COLUMN app.demand_levels.margin_source IS
'margin; revenue: cost or fees are not known, so that price stands for cost and margin';
COMMENT ON COLUMN app.demand_levels.abc IS
'For people: A earns the first 80 % of the margin a day, B the next 15 %, C the rest';
COMMENT ON COLUMN app.demand_levels.xyz IS
'For people: X varies by less than half of its mean from month to month, Y by less than its mean, Z by more';
COMMENT ON COLUMN app.demand_levels.monthly_variation IS
'Standard deviation of its months as a part of their mean (demand.monthly_variation); null: too few months';
COMMENT ON COLUMN app.demand_levels.is_unsold IS
'Whether nothing was sold on the last 180 days, or more, on which it could be sold';
COMMENT ON COLUMN app.demand_levels.problem IS
'Why there are no levels, as a code: not_enough_data, never_sold, no_price, not_worth_keeping; null: there are';
COMMENT ON COLUMN app.demand_levels.updated_at IS 'When the row last changed, UTC';

CREATE INDEX demand_levels_of_warehouse ON app.demand_levels (warehouse, sku);

CREATE TABLE app.replenishment_needs (
    account_type text NOT NULL,
    sku text NOT NULL,
    available bigint NOT NULL,
    on_order bigint NOT NULL,
    overdue bigint NOT NULL,
    overdue_since date,
    given_up bigint NOT NULL,
    in_transfer bigint NOT NULL,
    sent_away bigint NOT NULL,
    next_arrival date,
    gap_days numeric(10, 2),
    ron_lost_before_arrival numeric(40, 2),
    raw_quantity bigint,
    transfer_quantity bigint NOT NULL DEFAULT 0,
    blocked text,
    runs_out_on date,
    order_by_date date,
    flags text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_type, sku)
);
COMMENT ON TABLE app.replenishment_needs IS 'What each account lacks of each SKU, before transfers and rounding';
COMMENT ON COLUMN app.replenishment_needs.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.replenishment_needs.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.replenishment_needs.available IS 'Pieces that can be promised';
COMMENT ON COLUMN app.replenishment_needs.on_order IS 'Pieces to come from suppliers that count';
COMMENT ON COLUMN app.replenishment_needs.overdue IS
'Pieces on order that are past their day; after MAGFLOW_LATE_ORDER_DAYS they are no longer in on_order';
COMMENT ON COLUMN app.replenishment_needs.overdue_since IS 'The day on which the first of them was due; null: none is';
COMMENT ON COLUMN app.replenishment_needs.given_up IS
'Pieces of overdue that no longer count: nothing says that they will come';
COMMENT ON COLUMN app.replenishment_needs.in_transfer IS 'Pieces on their way from another account';
COMMENT ON COLUMN app.replenishment_needs.sent_away IS
'Pieces of available that have left for another account since the stock was last read';
COMMENT ON COLUMN app.replenishment_needs.next_arrival IS
'Day in Bucharest of the next arrival, from a supplier or another account; what is late is expected as much later as it'
' is late already; null: none is dated';
COMMENT ON COLUMN app.replenishment_needs.gap_days IS
'Expected days without stock before the next arrival, or before an order of today would be there if that is sooner';
COMMENT ON COLUMN app.replenishment_needs.ron_lost_before_arrival IS 'Margin lost in these days; null: not known';
COMMENT ON COLUMN app.replenishment_needs.raw_quantity IS
'Where available - sent_away + on_order + in_transfer is at most the reorder point: the maximum less these; else 0. Set'
' by hand: that number. Null: a person has to decide';
COMMENT ON COLUMN app.replenishment_needs.transfer_quantity IS 'Pieces of it that another account can spare';
COMMENT ON COLUMN app.replenishment_needs.blocked IS
'Why it is not bought, as codes joined by "; ": ordered_elsewhere, stock_unread, not_enough_data, never_sold,'
' not_worth_keeping, no_price, not_sellable, lost_buy_box, competitor_below_cost; null: it is, or nothing is lacking';
COMMENT ON COLUMN app.replenishment_needs.runs_out_on IS
'First day in Bucharest without stock, all arrivals counted, that an order can still prevent; null: not known, or more'
' than ten years from now';
COMMENT ON COLUMN app.replenishment_needs.order_by_date IS
'Last day on which an order is there by runs_out_on, by the lead time and the closures of the supplier';
COMMENT ON COLUMN app.replenishment_needs.flags IS
'What a buyer should know, as codes joined by "; ": order_overdue, order_given_up, transfer_overdue, and what speaks'
' against buying it where a person wants it all the same; null: nothing';
COMMENT ON COLUMN app.replenishment_needs.updated_at IS 'When the row last changed, UTC';

CREATE TABLE app.transfer_proposals (
    sku text NOT NULL,
    from_account text NOT NULL,
    to_account text NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    raw_quantity bigint NOT NULL,
    carton_size bigint NOT NULL,
    arrives_on date NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sku, from_account, to_account)
);
COMMENT ON TABLE app.transfer_proposals IS 'Pieces to move between accounts before anything is bought';
COMMENT ON COLUMN app.transfer_proposals.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.transfer_proposals.from_account IS 'Account that can spare them, lower case';
COMMENT ON COLUMN app.transfer_proposals.to_account IS 'Account that lacks them, lower case';
COMMENT ON COLUMN app.transfer_proposals.quantity IS 'Pieces, in whole cartons';
COMMENT ON COLUMN app.transfer_proposals.raw_quantity IS 'Pieces before rounding to cartons';
COMMENT ON COLUMN app.transfer_proposals.carton_size IS 'Pieces of a carton';
COMMENT ON COLUMN app.transfer_proposals.arrives_on IS
'Day in Bucharest on which they can be sold there, if sent today';
COMMENT ON COLUMN app.transfer_proposals.updated_at IS 'When the row last changed, UTC';

CREATE TABLE app.reorder_proposals (
    sku text PRIMARY KEY,
    supplier_id bigint,
    supplier_name text,
    shipping text,
    supplier_rule text NOT NULL,
    raw_quantity bigint NOT NULL,
    after_moq bigint NOT NULL,
    after_pack bigint NOT NULL,
    quantity bigint NOT NULL CHECK (quantity >= 0),
    minimum_order_quantity bigint NOT NULL,
    pack_size bigint NOT NULL,
    unit_price numeric(14, 4),
    currency text,
    rate numeric(20, 10),
    rate_date date,
    landed_unit_cost_ron numeric(20, 4),
    total_ron numeric(24, 2),
    rounding_cost_ron numeric(24, 2),
    cost_problem text,
    cheapest_supplier_name text,
    cheapest_landed_unit_cost_ron numeric(20, 4),
    difference_ron numeric(24, 2),
    order_by_date date,
    ron_at_risk_per_day numeric(40, 2),
    stock bigint NOT NULL,
    month_demand numeric(24, 4),
    month_variance numeric(30, 6),
    margin_ron numeric(20, 4),
    margin_protected_ron numeric(40, 2),
    budget_quantity bigint,
    minimum_order_value_ron numeric(20, 4),
    flags text,
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE app.reorder_proposals IS
'One purchase per SKU and supplier: the needs of all accounts less transfers, rounded to MOQ and pack once';
COMMENT ON COLUMN app.reorder_proposals.sku IS 'Our SKU';
COMMENT ON COLUMN app.reorder_proposals.supplier_id IS
'The supplier (supplier_names.canonical_id); null: none is known';
COMMENT ON COLUMN app.reorder_proposals.supplier_name IS 'His name';
COMMENT ON COLUMN app.reorder_proposals.shipping IS 'Way of shipping';
COMMENT ON COLUMN app.reorder_proposals.supplier_rule IS
'Which rule chose him: preferred, verified, cheapest, only one, cost incomplete, no supplier';
COMMENT ON COLUMN app.reorder_proposals.raw_quantity IS 'Pieces that the accounts lack, less transfers';
COMMENT ON COLUMN app.reorder_proposals.after_moq IS 'Raised to his least quantity';
COMMENT ON COLUMN app.reorder_proposals.after_pack IS 'And rounded up to whole packs';
COMMENT ON COLUMN app.reorder_proposals.quantity IS
'Pieces to order: after_pack; less where that lasts too long, more where it fills the supplier''s order (flags)';
COMMENT ON COLUMN app.reorder_proposals.minimum_order_quantity IS 'His least quantity (MOQ)';
COMMENT ON COLUMN app.reorder_proposals.pack_size IS 'His pack';
COMMENT ON COLUMN app.reorder_proposals.unit_price IS 'Price of a piece at that quantity, in currency';
COMMENT ON COLUMN app.reorder_proposals.currency IS 'ISO 4217 code';
COMMENT ON COLUMN app.reorder_proposals.rate IS 'RON for one unit of currency';
COMMENT ON COLUMN app.reorder_proposals.rate_date IS 'Day of that rate';
COMMENT ON COLUMN app.reorder_proposals.landed_unit_cost_ron IS
'Landed cost of a piece at quantity; null: cost_problem';
COMMENT ON COLUMN app.reorder_proposals.total_ron IS 'quantity x landed_unit_cost_ron';
COMMENT ON COLUMN app.reorder_proposals.rounding_cost_ron IS '(quantity - raw_quantity) x landed_unit_cost_ron, at least 0';
COMMENT ON COLUMN app.reorder_proposals.cost_problem IS
'What is missing for the cost, as codes joined by "; "; null: nothing';
COMMENT ON COLUMN app.reorder_proposals.cheapest_supplier_name IS 'Who is cheapest by landed cost at the same need';
COMMENT ON COLUMN app.reorder_proposals.cheapest_landed_unit_cost_ron IS
'His landed cost of a piece at his rounded quantity';
COMMENT ON COLUMN app.reorder_proposals.difference_ron IS
'What the chosen one costs more in all: (landed - cheapest landed) x quantity; 0: he is the cheapest';
COMMENT ON COLUMN app.reorder_proposals.order_by_date IS 'The earliest order_by_date of the accounts';
COMMENT ON COLUMN app.reorder_proposals.ron_at_risk_per_day IS
'A seventh of the margin that is expected to be lost if it is ordered in a week instead of today, of all accounts';
COMMENT ON COLUMN app.reorder_proposals.stock IS
'Pieces that the accounts have or will get, on order, transfers and proposed transfers included';
COMMENT ON COLUMN app.reorder_proposals.month_demand IS
'Pieces that they are expected to sell until 30 days after an order of today would be there';
COMMENT ON COLUMN app.reorder_proposals.month_variance IS 'Variance of that number';
COMMENT ON COLUMN app.reorder_proposals.margin_ron IS
'What a piece sold earns (demand_levels.margin_ron), on average of the accounts by their demand';
COMMENT ON COLUMN app.reorder_proposals.margin_protected_ron IS
'margin_ron x the pieces of quantity that are expected to be wanted in that time: expected_short(stock) less'
' expected_short(stock + quantity)';
COMMENT ON COLUMN app.reorder_proposals.budget_quantity IS
'Pieces of quantity that the budget buys (MAGFLOW_ORDER_BUDGET_RON); null: there is no budget, or no cost';
COMMENT ON COLUMN app.reorder_proposals.minimum_order_value_ron IS
'Least value of an order of all his articles, without freight and duty; null: none';
COMMENT ON COLUMN app.reorder_proposals.flags IS 'What a buyer should know, as codes joined by "; ": moq_lasts_too_long, capped_to_cover,'
' filled_to_minimum_order_value, below_minimum_order_value, no_supplier, cost_incomplete, lead_time_default,'
' order_overdue, never_sold, not_sellable, lost_buy_box, competitor_below_cost; null: nothing';
COMMENT ON COLUMN app.reorder_proposals.updated_at IS 'When the row last changed, UTC';

CREATE TABLE app.reorder_shares (
    account_type text NOT NULL,
    sku text NOT NULL,
    raw_quantity bigint NOT NULL,
    quantity bigint NOT NULL CHECK (quantity >= 0),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_type, sku)
);
COMMENT ON TABLE app.reorder_shares IS
'Which account gets how much of a purchase: the sum is reorder_proposals.quantity';
COMMENT ON COLUMN app.reorder_shares.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.reorder_shares.sku IS 'Our SKU';
COMMENT ON COLUMN app.reorder_shares.raw_quantity IS 'Pieces that it lacks, less transfers';
COMMENT ON COLUMN app.reorder_shares.quantity IS 'Pieces it gets';
COMMENT ON COLUMN app.reorder_shares.updated_at IS 'When the row last changed, UTC';

-- Each derived table is built from those above it, so that a change goes down once.
CALL app.watch_inputs(
    'supplier_offers', 'supplier_terms', 'supplier_price_breaks', 'supplier_receipts', 'product_costs',
    'exchange_rates', 'product_supplier_sheets', 'supplier_products', 'suppliers', 'demand'
);
CALL app.watch_inputs(
    'demand_levels', 'supplier_offers', 'demand', 'marketplace_fees', 'item_policies', 'exchange_rates'
);
CALL app.watch_inputs(
    'reorder_proposals', 'supplier_offers', 'supplier_price_breaks', 'demand_levels', 'supplier_closures',
    'product_costs', 'item_policies', 'stock_transfers', 'purchase_orders', 'purchase_order_items', 'inventory_items'
);
CALL app.watch_inputs(
    'low_stock_report', 'supplier_offers', 'demand_levels', 'replenishment_needs', 'transfer_proposals',
    'reorder_proposals', 'reorder_shares'
);
-- Prices come with the catalogue, and no trigger watches its rows.
CREATE TRIGGER catalogue_read_for_levels AFTER INSERT OR UPDATE OF status ON app.emag_sync_logs
FOR EACH ROW WHEN (new.sync_type = 'products' AND new.status <> 'running')
EXECUTE FUNCTION app.note_ended_sync('demand_levels', 'reorder_proposals');
