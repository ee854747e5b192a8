-- depends: 0063.countries
-- Each number of the report follows from its own row: what margin, lot and landed cost are computed of.

ALTER TABLE app.low_stock_report
ADD COLUMN price_rate numeric(20, 10),
ADD COLUMN commission_rate numeric(8, 6),
ADD COLUMN fulfilment_fee_ron numeric(14, 4),
ADD COLUMN line_cost numeric(20, 6),
ADD COLUMN least_lot numeric(20, 4),
ADD COLUMN most_cover_days integer,
ADD COLUMN landed_quantity bigint,
ADD COLUMN unit_price numeric(14, 4),
ADD COLUMN unit_currency text,
ADD COLUMN unit_rate numeric(20, 10),
ADD COLUMN unit_rate_date date,
ADD COLUMN freight_per_piece_ron numeric(20, 6),
ADD COLUMN freight_per_order_ron numeric(20, 6),
ADD COLUMN duty_rate numeric(8, 6),
ADD COLUMN difference_ron numeric(24, 2);

COMMENT ON COLUMN app.low_stock_report.price_rate IS
'RON for one unit of currency; null: no rate is known, and the price in RON is not either';
COMMENT ON COLUMN app.low_stock_report.commission_rate IS
'Part of the price that eMAG keeps; null: nobody told it, and margin_ron is the price';
COMMENT ON COLUMN app.low_stock_report.fulfilment_fee_ron IS
'RON that eMAG keeps of each piece sold; null: nobody told it, and margin_ron is the price';
COMMENT ON COLUMN app.low_stock_report.line_cost IS
'What an order line costs, divided by the capital cost of a day: one number for the whole catalogue. lot = the root of'
' 2 x line_cost x planned_daily_demand / unit_cost_ron, at most planned_daily_demand x most_cover_days, at least'
' least_lot';
COMMENT ON COLUMN app.low_stock_report.least_lot IS
'The account''s part of the supplier''s least quantity or pack (demand_levels.least_lot)';
COMMENT ON COLUMN app.low_stock_report.most_cover_days IS 'Days that a stock may last';
COMMENT ON COLUMN app.low_stock_report.landed_quantity IS
'Pieces of the order that landed_unit_cost_ron is of: purchase_quantity, or where nothing is bought a usual quantity;'
' where even the least quantity lasts too long, that';
COMMENT ON COLUMN app.low_stock_report.unit_price IS
'Price of a piece at landed_quantity, in unit_currency. landed_unit_cost_ron = (unit_price x unit_rate +'
' freight_per_piece_ron + freight_per_order_ron / landed_quantity) x (1 + duty_rate); null: he has none';
COMMENT ON COLUMN app.low_stock_report.unit_currency IS 'ISO 4217 code';
COMMENT ON COLUMN app.low_stock_report.unit_rate IS
'RON for one unit of unit_currency; null: none is known, and cost_problem says so';
COMMENT ON COLUMN app.low_stock_report.unit_rate_date IS 'Day of that rate; null: RON, or none is known';
COMMENT ON COLUMN app.low_stock_report.freight_per_piece_ron IS
'Freight of a piece by its weight and volume, RON; null: cost_problem says what is missing';
COMMENT ON COLUMN app.low_stock_report.freight_per_order_ron IS 'Freight of each order, RON; null: as before';
COMMENT ON COLUMN app.low_stock_report.duty_rate IS
'Customs duty as a part of price and freight; null: nobody told it (no_duty), and it counts as 0';
COMMENT ON COLUMN app.low_stock_report.difference_ron IS
'What the cheapest supplier by landed cost would save, RON: (landed_unit_cost_ron - cheapest_landed_unit_cost_ron) x'
' landed_quantity; 0: he is chosen; null: the cost is not known';
