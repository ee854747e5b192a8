-- depends: 0037.costs
-- How much the sales of an item vary from month to month, what was forecast, and how right it was.

ALTER TABLE app.demand
ADD COLUMN monthly_variation numeric(14, 4);
COMMENT ON COLUMN app.demand.monthly_variation IS
'Standard deviation of the demand of its last twelve months of 30 days as a part of their mean, for people; null: fewer'
' than three of them have 15 sellable days';

CREATE TABLE app.demand_forecasts (
    account_type text NOT NULL,
    made_on date NOT NULL,
    sku text NOT NULL,
    expected_daily_demand numeric(14, 4) NOT NULL,
    demand_class text,
    PRIMARY KEY (account_type, made_on, sku)
);
COMMENT ON TABLE app.demand_forecasts IS
'What was expected of items that sell, kept once a week until it has been compared with what was sold'
' (forecast_accuracy)';
COMMENT ON COLUMN app.demand_forecasts.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.demand_forecasts.made_on IS 'The day on which it was expected, in Bucharest: from that day on';
COMMENT ON COLUMN app.demand_forecasts.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.demand_forecasts.expected_daily_demand IS 'Pieces a day (demand.expected_daily_demand)';
COMMENT ON COLUMN app.demand_forecasts.demand_class IS 'Its class on that day; null: too few sales to say';

CREATE TABLE app.forecast_accuracy (
    account_type text NOT NULL,
    day date NOT NULL,
    demand_class text NOT NULL,
    made_on date NOT NULL,
    items bigint NOT NULL,
    sold numeric(30, 2) NOT NULL,
    expected numeric(30, 2) NOT NULL,
    absolute_error numeric(30, 2) NOT NULL,
    wape numeric(14, 4) GENERATED ALWAYS AS (
        CASE WHEN sold > 0 THEN least(absolute_error / sold, 999999999) END
    ) STORED,
    bias numeric(14, 4) GENERATED ALWAYS AS (
        CASE WHEN sold > 0 THEN least((expected - sold) / sold, 999999999) END
    ) STORED,
    PRIMARY KEY (account_type, day, demand_class)
);
COMMENT ON TABLE app.forecast_accuracy IS
'How right the forecast was: once a day, what was expected four to five weeks ago against what was sold since, over the'
' sellable days of each item without campaigns';
COMMENT ON COLUMN app.forecast_accuracy.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.forecast_accuracy.day IS 'The day of the comparison in Bucharest; days before it count';
COMMENT ON COLUMN app.forecast_accuracy.demand_class IS
'Class of the items when it was made: smooth, erratic, intermittent, lumpy, or none where it had none; all: all items';
COMMENT ON COLUMN app.forecast_accuracy.made_on IS 'The day of the forecast, from which on sales count';
COMMENT ON COLUMN app.forecast_accuracy.items IS 'Items that could be sold since, and were expected to';
COMMENT ON COLUMN app.forecast_accuracy.sold IS 'Pieces that they sold';
COMMENT ON COLUMN app.forecast_accuracy.expected IS 'Pieces that were expected on the same days';
COMMENT ON COLUMN app.forecast_accuracy.absolute_error IS
'Pieces that each item sold more or less than was expected, added up';
COMMENT ON COLUMN app.forecast_accuracy.wape IS 'absolute_error / sold: 0.25 is 25 % beside; null: nothing was sold';
COMMENT ON COLUMN app.forecast_accuracy.bias IS
'(expected - sold) / sold: above 0 too much was expected; null: nothing was sold';
