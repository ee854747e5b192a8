-- Pieces that the stock of items fell, beside pieces sold on the same days, by the account and by all accounts on its
-- warehouse, whose stock it is too (rules.md: Demand). Parameters: account_type, skus (null: all), known, first_day,
-- end_day.

WITH account AS (
    SELECT %(account_type)s AS account_type
    UNION
    SELECT other.account_type
    FROM app.configured_accounts AS own
    INNER JOIN app.configured_accounts AS other ON own.warehouse = other.warehouse
    WHERE own.account_type = %(account_type)s
),

fallen AS (
    SELECT
        falls.sku,
        falls.day,
        falls.fall
    FROM
        app.stock_falls(
            %(account_type)s, %(skus)s::text[], %(first_day)s::date, %(end_day)s::date
        ) AS falls
    WHERE falls.day <@ %(known)s::datemultirange
),

sold AS (
    SELECT
        sale.sku,
        sale.day,
        sum(sale.ordered_units + sale.elsewhere_units) AS units,
        sum(sale.ordered_units + sale.elsewhere_units) FILTER (WHERE sale.account_type = %(account_type)s) AS own_units
    FROM app.demand_days AS sale
    WHERE
        sale.account_type IN (SELECT account.account_type FROM account)
        AND (%(skus)s::text[] IS NULL OR sale.sku = any(%(skus)s))
        AND sale.day >= %(first_day)s::date
        AND sale.day < %(end_day)s::date
    GROUP BY sale.sku, sale.day
)

SELECT
    item.number,
    sum(fallen.fall)::double precision AS fall,
    coalesce(sum(sold.units), 0)::double precision AS units,
    -- The day that is least explained: a correction of the stock, or pieces that broke, are no sale.
    greatest(max(fallen.fall - coalesce(sold.units, 0)), 0)::double precision AS most_unexplained,
    -- The account's part of the pieces; an equal one where nothing was sold on these days.
    coalesce(
        coalesce(sum(sold.own_units), 0) / nullif(sum(sold.units), 0), 1.0 / (SELECT count(*) FROM account)
    )::double precision AS part
FROM fallen
INNER JOIN demand_items AS item ON fallen.sku = item.sku
LEFT JOIN sold ON fallen.sku = sold.sku AND fallen.day = sold.day
GROUP BY item.number
HAVING sum(fallen.fall) > 0
ORDER BY item.number
