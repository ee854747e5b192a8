-- The items of an account whose demand is learned, numbered. Parameters: account_type, skus (null: all).
CREATE TEMPORARY TABLE demand_items ON COMMIT DROP AS
SELECT
    (row_number() OVER (ORDER BY item.sku) - 1)::integer AS number,
    item.sku
FROM (
    SELECT sku FROM app.emag_products_v2
    WHERE account_type = %(account_type)s AND (%(skus)s::text[] IS NULL OR sku = any(%(skus)s))
    UNION
    SELECT sku FROM app.demand_days
    WHERE account_type = %(account_type)s AND (%(skus)s::text[] IS NULL OR sku = any(%(skus)s))
) AS item;

ANALYZE demand_items;

CREATE TEMPORARY TABLE demand_learned (LIKE app.demand INCLUDING DEFAULTS) ON COMMIT DROP
