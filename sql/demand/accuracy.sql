-- Compares the newest forecast of an account that is old enough with what was sold since, item by item, over whole days
-- whose orders are read, without campaigns, for the part on which it could be sold. Then keeps what is expected now,
-- and deletes what no comparison needs any more. Parameters: account_type, horizon_days, kept_every_days.

INSERT INTO app.forecast_accuracy (
    account_type, day, demand_class, made_on, items, sold, expected, absolute_error
)
WITH basis AS (
    SELECT
        learned.today,
        learned.known - learned.campaigns AS days,
        (
            SELECT max(kept.made_on) FROM app.demand_forecasts AS kept
            WHERE kept.account_type = %(account_type)s AND kept.made_on <= learned.today - %(horizon_days)s::integer
        ) AS made_on
    FROM app.demand_basis AS learned
    WHERE learned.account_type = %(account_type)s
),

calendar AS MATERIALIZED (
    SELECT each.day::date AS day
    FROM basis
    CROSS JOIN generate_series(basis.made_on, basis.today - 1, interval '1 day') AS each (day)
    WHERE each.day::date <@ basis.days
),

sold AS (
    SELECT
        sale.sku,
        sale.day,
        sale.units
    FROM app.demand_days AS sale
    INNER JOIN calendar ON sale.day = calendar.day
    WHERE
        sale.account_type = %(account_type)s
        AND sale.day >= (SELECT basis.made_on FROM basis)
        AND sale.units > 0
),

sales AS (
    SELECT
        sku,
        sum(units) AS units
    FROM sold
    GROUP BY sku
),

-- The parts of days on which it could not be sold; a day that sold counts, also where no sample saw it for sale.
missed AS (
    SELECT
        looked.sku,
        sum(1 - looked.samples_sellable::numeric / looked.samples) AS days
    FROM app.stock_snapshots AS looked
    INNER JOIN calendar ON looked.day = calendar.day
    LEFT JOIN sold ON looked.sku = sold.sku AND looked.day = sold.day
    WHERE
        looked.account_type = %(account_type)s
        AND looked.day >= (SELECT basis.made_on FROM basis)
        AND looked.samples_sellable IS NOT NULL
        AND NOT (looked.samples_sellable = 0 AND sold.units IS NOT NULL)
    GROUP BY looked.sku
),

item AS (
    SELECT
        coalesce(forecast.demand_class, 'none') AS demand_class,
        coalesce(sales.units, 0) AS sold,
        forecast.expected_daily_demand * sellable.days AS expected
    FROM app.demand_forecasts AS forecast
    INNER JOIN basis ON forecast.made_on = basis.made_on
    LEFT JOIN sales ON forecast.sku = sales.sku
    LEFT JOIN missed ON forecast.sku = missed.sku
    CROSS JOIN
        LATERAL (SELECT (SELECT count(*) FROM calendar) - coalesce(missed.days, 0) AS days) AS sellable -- noqa: ST05
    WHERE forecast.account_type = %(account_type)s AND sellable.days > 0
)

SELECT
    %(account_type)s AS account_type,
    basis.today,
    coalesce(item.demand_class, 'all') AS demand_class,
    basis.made_on,
    count(*) AS items,
    sum(item.sold) AS sold,
    sum(item.expected) AS expected,
    sum(abs(item.expected - item.sold)) AS absolute_error
FROM item
CROSS JOIN basis
GROUP BY GROUPING SETS ((basis.today, basis.made_on, item.demand_class), (basis.today, basis.made_on))
ON CONFLICT (account_type, day, demand_class) DO NOTHING;

DELETE FROM app.demand_forecasts AS kept
WHERE
    kept.account_type = %(account_type)s
    AND kept.made_on < (
        SELECT max(due.made_on) FROM app.demand_forecasts AS due
        WHERE
            due.account_type = %(account_type)s
            AND due.made_on <= (now() AT TIME ZONE 'Europe/Bucharest')::date - %(horizon_days)s::integer
    );

-- What sells unseen is not kept: there is nothing to compare it with. Of usual days, as those are compared: without the
-- uplift of the days of campaigns among those that were looked at.
INSERT INTO app.demand_forecasts (account_type, made_on, sku, expected_daily_demand, demand_class)
SELECT
    known.account_type,
    basis.today,
    known.sku,
    known.expected_daily_demand
    / (1 + campaign.part * (coalesce(known.campaign_uplift, basis.campaign_uplift) - 1)) AS expected,
    known.demand_class
FROM app.demand AS known
INNER JOIN app.demand_basis AS basis ON known.account_type = basis.account_type
CROSS JOIN
    LATERAL ( -- noqa: ST05, of the row
        SELECT
            coalesce(sum(upper(each.days) - lower(each.days)), 0)::numeric
            / greatest(basis.today - basis.first_day, 1) AS part
        FROM unnest(basis.campaigns * datemultirange(daterange(basis.first_day, basis.today))) AS each (days)
    ) AS campaign
WHERE
    known.account_type = %(account_type)s
    AND known.demand_method = 'several memories'
    AND NOT EXISTS (
        SELECT FROM app.demand_forecasts AS kept
        WHERE
            kept.account_type = %(account_type)s
            AND kept.made_on > basis.today - %(kept_every_days)s::integer
    )
