-- Days without stock, by the samples of each day. Without WITH: of the three parts only those periods are read that are
-- asked for.
CREATE OR REPLACE VIEW app.stock_out_days AS
SELECT
    days.account_type,
    days.sku,
    report.name,
    report.brand,
    report.supplier_name,
    days.period,
    days.starts_on,
    days.ends_on,
    days.days_seen,
    days.days_out,
    days.stock_out_days,
    days.not_for_sale_days,
    report.expected_daily_demand,
    round(days.stock_out_days * report.expected_daily_demand, 2) AS lost_units,
    report.margin_ron,
    report.margin_source,
    round(days.stock_out_days * report.expected_daily_demand * report.margin_ron, 2) AS lost_ron
FROM (
    SELECT
        account_type,
        sku,
        'month' AS period,
        date_trunc('month', day::timestamp)::date AS starts_on,
        (date_trunc('month', day::timestamp) + interval '1 month - 1 day')::date AS ends_on,
        count(*) AS days_seen,
        count(*) FILTER (WHERE samples_in_stock = 0) AS days_out,
        -- Whole days, which most are, are not divided.
        round(sum(
            CASE
                WHEN samples_in_stock = 0 THEN 1
                WHEN samples_in_stock < samples THEN 1 - samples_in_stock::numeric / samples
                ELSE 0
            END
        ), 2) AS stock_out_days,
        round(sum(
            CASE
                WHEN samples_sellable < samples_in_stock THEN (samples_in_stock - samples_sellable)::numeric / samples
                WHEN samples_sellable IS NOT NULL THEN 0
            END
        ), 2) AS not_for_sale_days
    FROM app.stock_snapshots
    GROUP BY account_type, sku, date_trunc('month', day::timestamp)
    UNION ALL
    SELECT
        account_type,
        sku,
        'last 30 days' AS period,
        (now() AT TIME ZONE 'Europe/Bucharest')::date - 30 AS starts_on,
        (now() AT TIME ZONE 'Europe/Bucharest')::date - 1 AS ends_on,
        count(*) AS days_seen,
        count(*) FILTER (WHERE samples_in_stock = 0) AS days_out,
        round(sum(
            CASE
                WHEN samples_in_stock = 0 THEN 1
                WHEN samples_in_stock < samples THEN 1 - samples_in_stock::numeric / samples
                ELSE 0
            END
        ), 2) AS stock_out_days,
        round(sum(
            CASE
                WHEN samples_sellable < samples_in_stock THEN (samples_in_stock - samples_sellable)::numeric / samples
                WHEN samples_sellable IS NOT NULL THEN 0
            END
        ), 2) AS not_for_sale_days
    FROM app.stock_snapshots
    WHERE
        day BETWEEN (now() AT TIME ZONE 'Europe/Bucharest')::date - 30
        AND (now() AT TIME ZONE 'Europe/Bucharest')::date - 1
    GROUP BY account_type, sku
    UNION ALL
    SELECT
        account_type,
        sku,
        'last 90 days' AS period,
        (now() AT TIME ZONE 'Europe/Bucharest')::date - 90 AS starts_on,
        (now() AT TIME ZONE 'Europe/Bucharest')::date - 1 AS ends_on,
        count(*) AS days_seen,
        count(*) FILTER (WHERE samples_in_stock = 0) AS days_out,
        round(sum(
            CASE
                WHEN samples_in_stock = 0 THEN 1
                WHEN samples_in_stock < samples THEN 1 - samples_in_stock::numeric / samples
                ELSE 0
            END
        ), 2) AS stock_out_days,
        round(sum(
            CASE
                WHEN samples_sellable < samples_in_stock THEN (samples_in_stock - samples_sellable)::numeric / samples
                WHEN samples_sellable IS NOT NULL THEN 0
            END
        ), 2) AS not_for_sale_days
    FROM app.stock_snapshots
    WHERE
        day BETWEEN (now() AT TIME ZONE 'Europe/Bucharest')::date - 90
        AND (now() AT TIME ZONE 'Europe/Bucharest')::date - 1
    GROUP BY account_type, sku
) AS days
LEFT JOIN app.low_stock_report AS report ON days.account_type = report.account_type AND days.sku = report.sku;
COMMENT ON VIEW app.stock_out_days IS
'How long each SKU of an account was out of stock, by month and for the last 30 and 90 days (today not yet), with what'
' that may have cost: one row per account, SKU and period in which a sync saw it';
COMMENT ON COLUMN app.stock_out_days.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.stock_out_days.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.stock_out_days.name IS 'Title (low_stock_report); null: it is not active';
COMMENT ON COLUMN app.stock_out_days.brand IS 'Brand (low_stock_report); null: it is not active, or has none';
COMMENT ON COLUMN app.stock_out_days.supplier_name IS
'Whom it is ordered from now (low_stock_report); null: it is not active, or nobody offers it';
COMMENT ON COLUMN app.stock_out_days.period IS 'month, last 30 days or last 90 days';
COMMENT ON COLUMN app.stock_out_days.starts_on IS 'First day of the period, Europe/Bucharest';
COMMENT ON COLUMN app.stock_out_days.ends_on IS 'Its last day; of the present month it is yet to come';
COMMENT ON COLUMN app.stock_out_days.days_seen IS 'Days of it on which a sync saw the SKU: of others nothing is known';
COMMENT ON COLUMN app.stock_out_days.days_out IS 'Of these: days on which no sync saw a piece';
COMMENT ON COLUMN app.stock_out_days.stock_out_days IS
'Days out of stock, in parts of days: of a day, the part of its syncs that saw no piece';
COMMENT ON COLUMN app.stock_out_days.not_for_sale_days IS
'Days, in the same parts, on which there was stock that nobody could buy: inactive, hidden, refused, without a price;'
' null: not known';
COMMENT ON COLUMN app.stock_out_days.expected_daily_demand IS
'Pieces a day that it is expected to sell now (low_stock_report); null: not known';
COMMENT ON COLUMN app.stock_out_days.lost_units IS
'stock_out_days x expected_daily_demand: what it may have sold, by the demand of now; null: not known';
COMMENT ON COLUMN app.stock_out_days.margin_ron IS 'What a piece sold earns now, RON (low_stock_report)';
COMMENT ON COLUMN app.stock_out_days.margin_source IS
'margin; revenue: cost or fees are not known, so that margin_ron is the price';
COMMENT ON COLUMN app.stock_out_days.lost_ron IS 'lost_units x margin_ron, from numbers that are not rounded';
