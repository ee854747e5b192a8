-- A person says: this supplier's article is that product. Parameters: sku, supplier, confirmed_by.
-- A supplier that only the price list names becomes a row of its own.

INSERT INTO app.suppliers (name)
SELECT min(btrim(sheet.supplier_name))
FROM app.product_supplier_sheets AS sheet
WHERE sheet.sku = %(sku)s AND app.normalized_name(sheet.supplier_name) = app.normalized_name(%(supplier)s)
HAVING
    count(*) > 0
    AND NOT EXISTS (
        SELECT
        FROM app.suppliers AS known
        WHERE app.normalized_name(known.name) = app.normalized_name(%(supplier)s)
    );

UPDATE app.supplier_products AS match
SET manual_confirmed = TRUE, confirmed_by = %(confirmed_by)s, confirmed_at = now()
FROM app.suppliers AS supplier, app.products AS product
WHERE
    match.supplier_id = supplier.id
    AND match.local_product_id = product.id
    AND match.is_active
    AND product.sku = %(sku)s
    AND app.normalized_name(supplier.name) = app.normalized_name(%(supplier)s);

INSERT INTO app.supplier_products (
    supplier_id, local_product_id, supplier_product_url, manual_confirmed, confirmed_by, confirmed_at
)
SELECT
    supplier.id,
    product.id,
    (
        SELECT min(sheet.supplier_url)
        FROM app.product_supplier_sheets AS sheet
        WHERE
            sheet.sku = product.sku
            AND app.normalized_name(sheet.supplier_name) = app.normalized_name(supplier.name)
    ) AS supplier_product_url,
    TRUE AS manual_confirmed,
    %(confirmed_by)s AS confirmed_by,
    now() AS confirmed_at
FROM app.suppliers AS supplier
CROSS JOIN app.products AS product
WHERE
    product.sku = %(sku)s
    AND app.normalized_name(supplier.name) = app.normalized_name(%(supplier)s)
    AND NOT EXISTS (
        SELECT
        FROM app.supplier_products AS match
        INNER JOIN app.suppliers AS matched ON match.supplier_id = matched.id
        WHERE
            match.local_product_id = product.id
            AND match.is_active
            AND app.normalized_name(matched.name) = app.normalized_name(supplier.name)
    )
ORDER BY supplier.id
LIMIT 1;
