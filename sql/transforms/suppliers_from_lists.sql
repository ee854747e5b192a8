-- Suppliers, price list and matches from the temporary tables incoming_sheets and incoming_matches.
-- What is there already stays as it is.

INSERT INTO app.suppliers (name)
SELECT DISTINCT ON (app.normalized_name(listed.supplier_name)) btrim(listed.supplier_name)
FROM (
    SELECT supplier_name FROM incoming_sheets
    UNION ALL
    SELECT supplier_name FROM incoming_matches
) AS listed
WHERE
    NOT EXISTS (
        SELECT
        FROM app.suppliers AS known
        WHERE app.normalized_name(known.name) = app.normalized_name(listed.supplier_name)
    )
ORDER BY app.normalized_name(listed.supplier_name), btrim(listed.supplier_name);

INSERT INTO app.product_supplier_sheets (sku, supplier_name, price_cny, supplier_url)
SELECT
    sku,
    supplier_name,
    price_cny,
    supplier_url
FROM incoming_sheets
ON CONFLICT (sku, supplier_name) DO NOTHING;

INSERT INTO app.products (sku)
SELECT DISTINCT incoming.sku
FROM incoming_matches AS incoming
WHERE NOT EXISTS (SELECT FROM app.products AS known WHERE known.sku = incoming.sku)
ORDER BY incoming.sku
ON CONFLICT (sku) DO NOTHING;

INSERT INTO app.supplier_products (
    supplier_id, local_product_id, supplier_product_url, manual_confirmed, confirmed_by, confirmed_at
)
SELECT
    supplier.id,
    product.id,
    incoming.url,
    incoming.is_confirmed,
    incoming.confirmed_by,
    CASE WHEN incoming.is_confirmed THEN now() END AS confirmed_at
FROM incoming_matches AS incoming
INNER JOIN app.products AS product ON incoming.sku = product.sku
INNER JOIN app.suppliers AS supplier
    ON app.normalized_name(incoming.supplier_name) = app.normalized_name(supplier.name)
WHERE
    NOT EXISTS (
        SELECT
        FROM app.supplier_products AS known
        WHERE known.supplier_id = supplier.id AND known.local_product_id = product.id
    );
