-- depends: 0030.demand-inputs
-- The report says what is expected to be sold, how long the stock lasts, and what it costs when it does not.

-- New parameters: the file of the view makes it anew.
DROP FUNCTION IF EXISTS app.low_stock_sentences(
    text, text, text, bigint, boolean, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, text[], text,
    text, timestamptz
);

ALTER TABLE app.low_stock_report
ADD COLUMN average_daily_demand numeric(14, 4),
ADD COLUMN expected_daily_demand numeric(14, 4),
ADD COLUMN demand_method text,
ADD COLUMN days_of_cover numeric(22, 2),
ADD COLUMN stock_out_date date,
ADD COLUMN demand_seen numeric(10, 4),
ADD COLUMN ron_at_risk_per_day numeric(40, 2),
ADD COLUMN flags text;
COMMENT ON COLUMN app.low_stock_report.average_daily_demand IS
'Pieces sold a day over the sellable days of the last 90 (demand.average_daily_demand); null: not enough data';
COMMENT ON COLUMN app.low_stock_report.expected_daily_demand IS
'Pieces expected to be sold a day from now on (demand.expected_daily_demand); null, never 0, where it is not known';
COMMENT ON COLUMN app.low_stock_report.demand_method IS
'Where expected_daily_demand is from, or why there is none: several memories, fall of stock, not enough data, never'
' sold; null: built by an older version';
COMMENT ON COLUMN app.low_stock_report.days_of_cover IS
'available_quantity / expected_daily_demand: days until it is sold out. Of accounts on one warehouse what all of them'
' sell counts. Null: demand or stock is not known, or no sale is expected any more';
COMMENT ON COLUMN app.low_stock_report.stock_out_date IS
'Day in Bucharest on which it is sold out by days_of_cover; null: that is not known, or more than ten years away';
COMMENT ON COLUMN app.low_stock_report.demand_seen IS
'Pieces ordered per piece that stock fell (demand.demand_seen); under 0.8, sales are not seen here';
COMMENT ON COLUMN app.low_stock_report.ron_at_risk_per_day IS
'expected_daily_demand x price in RON x the share of the next lead time (app.lead_time_days) that available and on'
' order do not cover. 0 while no customer can buy it: stock is not what it lacks. Null: a part is not known (flags)';
COMMENT ON COLUMN app.low_stock_report.flags IS
'What a buyer should know of its demand, as codes of demand_texts joined by "; "; null: nothing';

CALL app.watch_inputs('low_stock_report', 'exchange_rates');
INSERT INTO app.input_changes (name, table_name)
SELECT
    'low_stock_report' AS name,
    'demand' AS table_name
WHERE EXISTS (SELECT FROM app.low_stock_report);
