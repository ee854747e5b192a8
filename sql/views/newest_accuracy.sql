-- How right the forecast was when it was last compared, by account and class of items.
CREATE OR REPLACE VIEW app.newest_accuracy AS
SELECT
    accuracy.account_type,
    accuracy.demand_class,
    accuracy.day,
    accuracy.made_on,
    accuracy.items,
    accuracy.sold,
    accuracy.expected,
    accuracy.wape,
    accuracy.bias
FROM app.forecast_accuracy AS accuracy
INNER JOIN (
    SELECT
        account_type,
        max(day) AS day
    FROM app.forecast_accuracy
    GROUP BY account_type
) AS newest ON accuracy.account_type = newest.account_type AND accuracy.day = newest.day;
COMMENT ON VIEW app.newest_accuracy IS 'The newest comparison of each account in forecast_accuracy';
COMMENT ON COLUMN app.newest_accuracy.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.newest_accuracy.demand_class IS 'Class of the items when it was made; all: all items';
COMMENT ON COLUMN app.newest_accuracy.day IS 'The day of the comparison in Bucharest; days before it count';
COMMENT ON COLUMN app.newest_accuracy.made_on IS 'The day of the forecast, from which on sales count';
COMMENT ON COLUMN app.newest_accuracy.items IS 'Items that could be sold since';
COMMENT ON COLUMN app.newest_accuracy.sold IS 'Pieces that they sold';
COMMENT ON COLUMN app.newest_accuracy.expected IS 'Pieces that were expected on the same days';
COMMENT ON COLUMN app.newest_accuracy.wape IS 'Errors of the items added up, as a part of sold: 0.25 is 25 % beside';
COMMENT ON COLUMN app.newest_accuracy.bias IS '(expected - sold) / sold: above 0 too much was expected';
