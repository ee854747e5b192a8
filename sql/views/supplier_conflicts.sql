-- Suppliers and matches that cannot both be right, for a person to settle.
CREATE OR REPLACE VIEW app.supplier_conflicts AS
SELECT
    'two suppliers with one name' AS conflict,
    NULL::text AS sku,
    first.name AS supplier_name,
    second.name AS other_supplier_name,
    'suppliers ' || first.id || ' and ' || second.id AS detail
FROM app.suppliers AS first
INNER JOIN app.suppliers AS second
    ON app.normalized_name(first.name) = app.normalized_name(second.name) AND first.id < second.id
WHERE first.is_active AND second.is_active
UNION ALL
SELECT
    'match with the page of another supplier' AS conflict,
    product.sku,
    supplier.name AS supplier_name,
    sheet.supplier_name AS other_supplier_name,
    match.supplier_product_url AS detail
FROM app.supplier_products AS match
INNER JOIN app.suppliers AS supplier ON match.supplier_id = supplier.id
INNER JOIN app.products AS product ON match.local_product_id = product.id
INNER JOIN app.product_supplier_sheets AS sheet
    ON
        btrim(match.supplier_product_url) = btrim(sheet.supplier_url)
        AND app.normalized_name(supplier.name) <> app.normalized_name(sheet.supplier_name)
WHERE match.is_active AND match.manual_confirmed AND sheet.is_active AND btrim(sheet.supplier_url) <> '';
COMMENT ON VIEW app.supplier_conflicts IS
'Suppliers and confirmed matches that cannot both be right: one row per conflict, for a person to settle';
COMMENT ON COLUMN app.supplier_conflicts.conflict IS 'What is wrong';
COMMENT ON COLUMN app.supplier_conflicts.sku IS 'Seller''s SKU of the match; null for a conflict of names';
COMMENT ON COLUMN app.supplier_conflicts.supplier_name IS 'The supplier, or that of the match';
COMMENT ON COLUMN app.supplier_conflicts.other_supplier_name IS 'The other one, or whose page it is in the price list';
COMMENT ON COLUMN app.supplier_conflicts.detail IS 'The ids of the suppliers, or the page';
