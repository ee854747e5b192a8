-- SKUs that no product has in the tables that files of suppliers fill, with the nearest SKU that one has.
WITH used AS (
    SELECT DISTINCT
        'supplier_terms' AS table_name,
        terms.sku
    FROM app.supplier_terms AS terms
    WHERE terms.sku <> ''
    UNION
    SELECT
        'supplier_price_breaks' AS table_name,
        price.sku
    FROM app.supplier_price_breaks AS price
    UNION
    SELECT
        'supplier_receipts' AS table_name,
        receipt.sku
    FROM app.supplier_receipts AS receipt
    UNION
    SELECT
        'product_costs' AS table_name,
        cost.sku
    FROM app.product_costs AS cost
),

unknown AS (
    SELECT
        used.table_name,
        used.sku
    FROM used
    LEFT JOIN app.products AS product ON used.sku = product.sku
    WHERE product.sku IS NULL
),

nearest AS (
    SELECT
        found.sku,
        found.nearest_sku
    FROM (SELECT array_agg(DISTINCT unknown.sku) AS skus FROM unknown) AS wanted -- noqa: ST05, an argument
    CROSS JOIN app.nearest_skus(wanted.skus) AS found
)

SELECT
    unknown.table_name,
    unknown.sku,
    nearest.nearest_sku
FROM unknown
INNER JOIN nearest ON unknown.sku = nearest.sku
ORDER BY unknown.sku, unknown.table_name
