-- A person says: this supplier's article is that product. Parameters: sku, supplier, confirmed_by.
-- A supplier that only the price list names becomes a row of its own.

INSERT INTO app.suppliers (name)
SELECT DISTINCT name.supplier_name
FROM app.supplier_names AS name
WHERE
    name.identity = app.normalized_name(%(supplier)s)
    AND NOT EXISTS (
        SELECT
        FROM app.suppliers AS known
        INNER JOIN app.supplier_names AS known_name ON known.name = known_name.spelling
        WHERE known_name.identity = name.identity
    );

-- Of several rows of one supplier, only those that are active; what is confirmed already stays as it is.
UPDATE app.supplier_products AS match
SET manual_confirmed = TRUE, confirmed_by = %(confirmed_by)s, confirmed_at = now()
FROM app.suppliers AS supplier, app.products AS product
WHERE
    match.supplier_id = supplier.id
    AND match.local_product_id = product.id
    AND match.is_active
    AND NOT (match.manual_confirmed AND match.confirmed_by IS NOT NULL)
    AND supplier.is_active
    AND product.sku = %(sku)s
    AND supplier.name IN (
        SELECT spelling FROM app.supplier_names WHERE identity = app.normalized_name(%(supplier)s)
    );

INSERT INTO app.supplier_products (
    supplier_id, local_product_id, supplier_product_url, manual_confirmed, confirmed_by, confirmed_at
)
SELECT
    supplier.id,
    product.id,
    price.supplier_url,
    TRUE AS manual_confirmed,
    %(confirmed_by)s AS confirmed_by,
    now() AS confirmed_at
FROM app.suppliers AS supplier
INNER JOIN app.supplier_names AS name ON supplier.name = name.spelling
CROSS JOIN app.products AS product
LEFT JOIN app.supplier_prices AS price ON product.sku = price.sku AND name.identity = price.identity
WHERE
    product.sku = %(sku)s
    AND supplier.is_active
    AND name.identity = app.normalized_name(%(supplier)s)
    AND NOT EXISTS (
        SELECT
        FROM app.supplier_products AS match
        INNER JOIN app.suppliers AS matched ON match.supplier_id = matched.id
        INNER JOIN app.supplier_names AS matched_name ON matched.name = matched_name.spelling
        WHERE
            match.local_product_id = product.id
            AND match.is_active
            AND match.manual_confirmed
            AND matched_name.identity = name.identity
    )
ORDER BY supplier.is_preferred DESC, supplier.id
LIMIT 1;
