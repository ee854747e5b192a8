-- Suppliers, prices and matches that cannot both be right, for a person to settle. A function, because a view cannot
-- switch nested loops off: right after a list was loaded, statistics of the list before made each price look through
-- all prices.
CREATE OR REPLACE FUNCTION app.find_supplier_conflicts()
RETURNS TABLE (conflict text, sku text, supplier_name text, other_supplier_name text, detail text)
LANGUAGE sql STABLE SET enable_nestloop = off SET work_mem = '32MB'
AS $$
WITH supplier AS (
    SELECT
        known.id,
        known.name,
        known.is_active,
        name.canonical_id
    FROM app.suppliers AS known
    INNER JOIN app.supplier_names AS name ON known.id = name.supplier_id AND name.is_active
),

sheet AS (
    SELECT
        listed.id,
        listed.sku,
        listed.supplier_name,
        listed.price_cny,
        listed.updated_at,
        name.canonical_id,
        listed.supplier_url
    FROM app.product_supplier_sheets AS listed
    INNER JOIN app.supplier_names AS name ON listed.supplier_id = name.supplier_id AND name.is_active
    WHERE listed.is_active
)

SELECT
    'two suppliers with one name' AS conflict,
    NULL::text AS sku,
    first.name AS supplier_name,
    second.name AS other_supplier_name,
    'suppliers ' || first.id || ' and ' || second.id AS detail
FROM supplier AS first
INNER JOIN supplier AS second ON first.canonical_id = second.canonical_id AND first.id < second.id
WHERE first.is_active AND second.is_active
UNION ALL
SELECT
    'two prices of one supplier' AS conflict,
    newest.sku,
    chosen.supplier_name,
    sheet.supplier_name AS other_supplier_name,
    'the price list has ' || coalesce(chosen.price_cny::text, 'no price')
    || ' of ' || coalesce(((app.sound_time(chosen.updated_at) AT TIME ZONE 'Europe/Bucharest')::date)::text, 'no day')
    || ', which counts, and '
    || coalesce(sheet.price_cny::text, 'no price')
    || ' of ' || coalesce(((app.sound_time(sheet.updated_at) AT TIME ZONE 'Europe/Bucharest')::date)::text, 'no day') AS detail
FROM sheet
INNER JOIN app.supplier_prices AS newest ON sheet.sku = newest.sku AND sheet.canonical_id = newest.supplier_id
INNER JOIN sheet AS chosen ON newest.sheet_id = chosen.id
WHERE sheet.id <> newest.sheet_id AND sheet.price_cny IS DISTINCT FROM chosen.price_cny
UNION ALL
SELECT
    'match with the page of another supplier' AS conflict,
    product.sku,
    supplier.name AS supplier_name,
    sheet.supplier_name AS other_supplier_name,
    match.supplier_product_url AS detail
FROM app.supplier_products AS match
INNER JOIN supplier ON match.supplier_id = supplier.id
INNER JOIN app.products AS product ON match.local_product_id = product.id
INNER JOIN sheet
    ON app.spaced(match.supplier_product_url) = app.spaced(sheet.supplier_url) AND supplier.canonical_id <> sheet.canonical_id
WHERE match.is_active AND match.manual_confirmed AND app.spaced(match.supplier_product_url) <> ''
UNION ALL
SELECT
    'price of nobody' AS conflict,
    nameless.sku,
    nameless.supplier_name,
    NULL AS other_supplier_name,
    'the supplier''s name shows nothing, so the price does not count' AS detail
FROM app.product_supplier_sheets AS nameless
INNER JOIN app.supplier_names AS name ON nameless.supplier_id = name.supplier_id AND name.identity = ''
WHERE nameless.is_active
$$;
COMMENT ON FUNCTION app.find_supplier_conflicts() IS 'The rows of the view supplier_conflicts';

CREATE OR REPLACE VIEW app.supplier_conflicts AS
SELECT
    conflict,
    sku,
    supplier_name,
    other_supplier_name,
    detail
FROM app.find_supplier_conflicts();
COMMENT ON VIEW app.supplier_conflicts IS
'Suppliers, prices and confirmed matches that cannot both be right: one row per conflict, for a person to settle';
COMMENT ON COLUMN app.supplier_conflicts.conflict IS 'What is wrong';
COMMENT ON COLUMN app.supplier_conflicts.sku IS 'Seller''s SKU; null for a conflict of names';
COMMENT ON COLUMN app.supplier_conflicts.supplier_name IS
'The supplier, or that of the match, or the spelling of him whose price counts';
COMMENT ON COLUMN app.supplier_conflicts.other_supplier_name IS
'The other one or the other spelling, or whose page it is in the price list';
COMMENT ON COLUMN app.supplier_conflicts.detail IS 'The ids of the suppliers, the prices, or the page';
