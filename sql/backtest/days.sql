-- What items sold on each day, and the part of it on which they could, where anything is known, as arrays of many
-- items. Parameters: account_type, skus, first_day, end_day.
WITH item AS (
    SELECT
        sku,
        (place - 1)::integer AS number
    FROM unnest(%(skus)s::text[]) WITH ORDINALITY AS chosen (sku, place)
),

sold AS (
    SELECT
        sku,
        day,
        units
    FROM app.demand_days
    WHERE account_type = %(account_type)s AND day >= %(first_day)s::date AND day < %(end_day)s::date AND units > 0
),

looked AS (
    SELECT
        sku,
        day,
        samples_sellable::real / samples AS share
    FROM app.stock_snapshots
    WHERE
        account_type = %(account_type)s
        AND day >= %(first_day)s::date
        AND day < %(end_day)s::date
        AND samples_sellable IS NOT NULL
)

SELECT
    array_agg(item.number) AS items,
    array_agg(day - %(first_day)s::date) AS days,
    array_agg(coalesce(sold.units, 0)::real) AS units,
    array_agg(coalesce(looked.share, 'NaN')::real) AS shares
FROM sold
FULL JOIN looked USING (sku, day)
INNER JOIN item USING (sku)
GROUP BY item.number / 512
