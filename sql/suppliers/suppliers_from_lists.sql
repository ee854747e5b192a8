-- Loads suppliers, price list and matches from the temporary tables incoming_sheets and incoming_matches.
-- Existing rows, however they are spelled, stay as they are.

INSERT INTO app.suppliers (name)
SELECT DISTINCT ON (app.normalized_name(listed.supplier_name)) app.spaced(listed.supplier_name)
FROM (
    SELECT supplier_name FROM incoming_sheets
    UNION
    SELECT supplier_name FROM incoming_matches
) AS listed
WHERE app.supplier_named(listed.supplier_name) IS NULL
ORDER BY app.normalized_name(listed.supplier_name), app.spaced(listed.supplier_name);

WITH incoming AS (
    SELECT
        listed.*,
        name.canonical_id
    FROM incoming_sheets AS listed
    INNER JOIN app.supplier_names AS name ON app.supplier_named(listed.supplier_name) = name.supplier_id
),

known AS (
    SELECT
        sheet.sku,
        name.canonical_id
    FROM app.product_supplier_sheets AS sheet
    INNER JOIN app.supplier_names AS name ON sheet.supplier_id = name.supplier_id
)

INSERT INTO app.product_supplier_sheets (sku, supplier_name, price_cny, supplier_url)
SELECT DISTINCT ON (incoming.sku, incoming.canonical_id)
    incoming.sku,
    incoming.supplier_name,
    incoming.price_cny,
    incoming.supplier_url
FROM incoming
LEFT JOIN known ON incoming.sku = known.sku AND incoming.canonical_id = known.canonical_id
WHERE known.sku IS NULL
ORDER BY incoming.sku, incoming.canonical_id, incoming.supplier_name
ON CONFLICT (sku, supplier_name) DO NOTHING;

INSERT INTO app.products (sku)
SELECT DISTINCT incoming.sku
FROM incoming_matches AS incoming
WHERE NOT EXISTS (SELECT FROM app.products AS known WHERE known.sku = incoming.sku)
ORDER BY incoming.sku
ON CONFLICT (sku) DO NOTHING;

WITH incoming AS (
    SELECT
        listed.*,
        name.canonical_id
    FROM incoming_matches AS listed
    INNER JOIN app.supplier_names AS name ON app.supplier_named(listed.supplier_name) = name.supplier_id
),

known AS (
    SELECT
        match.local_product_id,
        name.canonical_id
    FROM app.supplier_products AS match
    INNER JOIN app.supplier_names AS name ON match.supplier_id = name.supplier_id
)

INSERT INTO app.supplier_products (
    supplier_id, local_product_id, supplier_product_url, manual_confirmed, confirmed_by, confirmed_at
)
SELECT DISTINCT ON (product.id, incoming.canonical_id)
    incoming.canonical_id,
    product.id,
    incoming.url,
    incoming.is_confirmed,
    incoming.confirmed_by,
    CASE WHEN incoming.is_confirmed THEN now() END AS confirmed_at
FROM incoming
INNER JOIN app.products AS product ON incoming.sku = product.sku
LEFT JOIN known ON product.id = known.local_product_id AND incoming.canonical_id = known.canonical_id
WHERE known.canonical_id IS NULL
ORDER BY product.id, incoming.canonical_id;
