-- A person confirms that a supplier's article is a product. Parameters: sku, supplier_id (supplier_names.canonical_id),
-- confirmed_by.

-- Of several rows of one supplier, only active ones; those already confirmed stay as they are.
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
    AND supplier.id IN (SELECT supplier_id FROM app.supplier_names WHERE canonical_id = %(supplier_id)s);

INSERT INTO app.supplier_products (
    supplier_id, local_product_id, supplier_product_url, manual_confirmed, confirmed_by, confirmed_at
)
SELECT
    %(supplier_id)s AS supplier_id,
    product.id,
    price.supplier_url,
    TRUE AS manual_confirmed,
    %(confirmed_by)s AS confirmed_by,
    now() AS confirmed_at
FROM app.products AS product
LEFT JOIN app.supplier_prices AS price ON product.sku = price.sku AND price.supplier_id = %(supplier_id)s
WHERE
    product.sku = %(sku)s
    AND NOT EXISTS (
        SELECT
        FROM app.supplier_products AS match
        INNER JOIN app.supplier_names AS name ON match.supplier_id = name.supplier_id
        WHERE
            match.local_product_id = product.id
            AND match.is_active
            AND match.manual_confirmed
            AND name.canonical_id = %(supplier_id)s
    );
