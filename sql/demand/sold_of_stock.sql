-- Pieces sold of the stock of items on days, as arrays of many items: by all accounts that sell it, and by the account
-- alone. Parameters: account_type, accounts (that sell the stock), skus (null: all), first_day, seen_from, end_day.
SELECT
    array_agg(number) AS items,
    array_agg(day - %(first_day)s::date) AS days,
    array_agg(units::real) AS units,
    array_agg(own_units::real) AS own_units
FROM (
    SELECT
        item.number,
        sale.day,
        sum(sale.ordered_units + sale.elsewhere_units) AS units,
        coalesce(
            sum(sale.ordered_units + sale.elsewhere_units) FILTER (WHERE sale.account_type = %(account_type)s), 0
        ) AS own_units
    FROM app.demand_days AS sale
    INNER JOIN demand_items AS item ON sale.sku = item.sku
    WHERE
        sale.account_type = any(%(accounts)s::text[])
        AND (%(skus)s::text[] IS NULL OR sale.sku = any(%(skus)s))
        AND sale.day >= %(seen_from)s::date
        AND sale.day < %(end_day)s::date
    GROUP BY item.number, sale.day
) AS sold
GROUP BY number / 512
