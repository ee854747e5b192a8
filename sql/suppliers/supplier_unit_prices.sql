-- The rows of supplier_unit_prices, by the names of its columns. Where two rows of one supplier tell a price of one
-- quantity, the one that was asked last counts.

WITH told AS (
    SELECT DISTINCT ON (break.sku, name.canonical_id, break.minimum_quantity)
        break.sku,
        name.canonical_id AS supplier_id,
        break.minimum_quantity,
        break.unit_price,
        break.currency,
        app.sound_day(break.asked_on) AS asked_on
    FROM app.supplier_price_breaks AS break
    INNER JOIN app.supplier_names AS name ON break.supplier_id = name.supplier_id AND name.is_active
    ORDER BY
        break.sku,
        name.canonical_id,
        break.minimum_quantity,
        break.asked_on > (now() AT TIME ZONE 'Europe/Bucharest')::date, -- nobody asked it in the future
        break.asked_on DESC,
        break.supplier_id = name.canonical_id DESC,
        break.supplier_id
),

price AS (
    SELECT * FROM told
    UNION ALL
    SELECT
        listed.sku,
        listed.supplier_id,
        1 AS minimum_quantity,
        listed.price_cny AS unit_price,
        'CNY' AS currency,
        app.sound_day((app.sound_time(listed.updated_at) AT TIME ZONE 'Europe/Bucharest')::date) AS asked_on
    FROM app.supplier_prices AS listed
    LEFT JOIN told
        ON listed.sku = told.sku AND listed.supplier_id = told.supplier_id AND told.minimum_quantity = 1
    WHERE listed.price_cny IS NOT NULL AND told.sku IS NULL
)

SELECT
    price.*,
    rate.ron AS rate,
    rate.rate_date
FROM price
LEFT JOIN app.current_rates AS rate ON price.currency = rate.currency
