-- The items of an account whose demand is learned, numbered: first those that sold something before the end day.
-- Parameters: account_type, skus (null: all), end_day.
CREATE TEMPORARY TABLE demand_items ON COMMIT DROP AS
SELECT
    (row_number() OVER (ORDER BY bool_or(item.is_sold) DESC, item.sku) - 1)::integer AS number,
    item.sku,
    bool_or(item.is_sold) AS is_sold
FROM (
    SELECT
        sku,
        FALSE AS is_sold
    FROM app.emag_products_v2
    WHERE account_type = %(account_type)s AND (%(skus)s::text[] IS NULL OR sku = any(%(skus)s))
    UNION ALL
    SELECT
        sku,
        units > 0 AND day < %(end_day)s::date AS is_sold
    FROM app.demand_days
    WHERE account_type = %(account_type)s AND (%(skus)s::text[] IS NULL OR sku = any(%(skus)s))
) AS item
GROUP BY item.sku;

ANALYZE demand_items;

CREATE TEMPORARY TABLE demand_learned (LIKE app.demand INCLUDING DEFAULTS) ON COMMIT DROP
