-- Price-list rows that count nowhere because no product has their SKU, with the nearest SKU that one has.
SELECT
    sku,
    nearest_sku,
    supplier_name,
    price_cny
FROM app.unused_prices
ORDER BY sku, supplier_name;
