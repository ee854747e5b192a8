-- What was sold, in the money of each country and in RON.
CREATE OR REPLACE VIEW app.sales_by_country AS
SELECT
    account.country,
    line.account_type,
    line.day,
    line.currency,
    count(DISTINCT line.order_id) AS orders,
    sum(line.kept_units) AS units,
    round(sum(line.kept_units * line.unit_price), 2) AS value,
    -- Rounded once: a piece of some forints, as a price in RON of four decimals, is off by bani in a hundred pieces.
    round(sum(line.kept_units * line.unit_price) * app.rate_on(line.currency, line.day), 2) AS value_ron,
    coalesce(sum(line.kept_units) FILTER (WHERE line.unit_price_ron IS NULL), 0) AS units_not_valued
FROM app.ordered_lines AS line
INNER JOIN app.configured_accounts AS account ON line.account_type = account.account_type
WHERE line.is_sold
GROUP BY account.country, line.account_type, line.day, line.currency;
COMMENT ON VIEW app.sales_by_country IS
'What was sold and not sent back, without VAT: one row per country, account, day and currency. Amounts of two'
' currencies are never added up; their values in RON can be';
COMMENT ON COLUMN app.sales_by_country.country IS 'Where the account sells: RO, BG or HU';
COMMENT ON COLUMN app.sales_by_country.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.sales_by_country.day IS 'The day of the orders in Bucharest';
COMMENT ON COLUMN app.sales_by_country.currency IS 'ISO 4217 code of value; null: the lines name none';
COMMENT ON COLUMN app.sales_by_country.orders IS 'Orders with a line that was not cancelled';
COMMENT ON COLUMN app.sales_by_country.units IS 'Pieces that did not come back';
COMMENT ON COLUMN app.sales_by_country.value IS 'What they were sold for, without VAT, in currency';
COMMENT ON COLUMN app.sales_by_country.value_ron IS
'The same in RON, by the rate of the day, without units_not_valued; null: of none it is known';
COMMENT ON COLUMN app.sales_by_country.units_not_valued IS 'Pieces without a price, or without a rate on that day';
