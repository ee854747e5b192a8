-- Suppliers, price list and matches from the temporary tables incoming_sheets and incoming_matches.
-- What is there already, however it is spelled, stays as it is.

INSERT INTO app.suppliers (name)
SELECT DISTINCT ON (listed.identity) app.spaced(listed.supplier_name)
FROM (
    SELECT
        supplier_name,
        app.normalized_name(supplier_name) AS identity
    FROM (
        SELECT supplier_name FROM incoming_sheets
        UNION
        SELECT supplier_name FROM incoming_matches
    ) AS every_name
) AS listed
WHERE NOT EXISTS (SELECT FROM app.suppliers AS known WHERE app.normalized_name(known.name) = listed.identity)
ORDER BY listed.identity, app.spaced(listed.supplier_name);

WITH incoming AS (
    SELECT
        *,
        app.normalized_name(supplier_name) AS identity
    FROM incoming_sheets
),

known AS (
    SELECT
        sheet.sku,
        name.identity
    FROM app.product_supplier_sheets AS sheet
    INNER JOIN app.supplier_names AS name ON sheet.supplier_name = name.spelling
)

INSERT INTO app.product_supplier_sheets (sku, supplier_name, price_cny, supplier_url)
SELECT DISTINCT ON (incoming.sku, incoming.identity)
    incoming.sku,
    incoming.supplier_name,
    incoming.price_cny,
    incoming.supplier_url
FROM incoming
LEFT JOIN known ON incoming.sku = known.sku AND incoming.identity = known.identity
WHERE known.sku IS NULL
ORDER BY incoming.sku, incoming.identity, incoming.supplier_name
ON CONFLICT (sku, supplier_name) DO NOTHING;

INSERT INTO app.products (sku)
SELECT DISTINCT incoming.sku
FROM incoming_matches AS incoming
WHERE NOT EXISTS (SELECT FROM app.products AS known WHERE known.sku = incoming.sku)
ORDER BY incoming.sku
ON CONFLICT (sku) DO NOTHING;

WITH incoming AS (
    SELECT
        *,
        app.normalized_name(supplier_name) AS identity
    FROM incoming_matches
),

known AS (
    SELECT
        match.local_product_id,
        name.identity
    FROM app.supplier_products AS match
    INNER JOIN app.suppliers AS supplier ON match.supplier_id = supplier.id
    INNER JOIN app.supplier_names AS name ON supplier.name = name.spelling
)

INSERT INTO app.supplier_products (
    supplier_id, local_product_id, supplier_product_url, manual_confirmed, confirmed_by, confirmed_at
)
SELECT DISTINCT ON (product.id, incoming.identity)
    supplier.id,
    product.id,
    incoming.url,
    incoming.is_confirmed,
    incoming.confirmed_by,
    CASE WHEN incoming.is_confirmed THEN now() END AS confirmed_at
FROM incoming
INNER JOIN app.products AS product ON incoming.sku = product.sku
INNER JOIN app.supplier_names AS name ON incoming.identity = name.identity
INNER JOIN app.suppliers AS supplier ON name.spelling = supplier.name
LEFT JOIN known ON product.id = known.local_product_id AND incoming.identity = known.identity
WHERE known.identity IS NULL
ORDER BY product.id, incoming.identity, supplier.is_active DESC, supplier.is_preferred DESC, supplier.id;
