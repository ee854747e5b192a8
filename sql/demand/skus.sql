-- Every SKU that an account sells or sold.
SELECT sku FROM app.emag_products_v2 WHERE sku IS NOT NULL
UNION
SELECT sku FROM app.demand
ORDER BY sku;
