-- Each price-list row's mark as the rule wants it, beside the stored mark (rules.md: Suppliers).
CREATE OR REPLACE VIEW app.supplier_verification_labels AS
WITH confirmed AS (
    SELECT
        product.sku,
        name.canonical_id,
        app.spaced(match.supplier_product_url) AS url,
        coalesce(match.confirmed_by, 'unknown') AS confirmed_by
    FROM app.supplier_products AS match
    INNER JOIN app.supplier_names AS name ON match.supplier_id = name.supplier_id AND name.is_active
    INNER JOIN app.products AS product ON match.local_product_id = product.id
    WHERE match.is_active AND match.manual_confirmed
),

sheet AS (
    SELECT
        listed.id,
        listed.sku,
        listed.supplier_name,
        listed.is_verified,
        name.identity,
        name.canonical_id,
        name.is_active,
        app.spaced(listed.supplier_url) AS url
    FROM app.product_supplier_sheets AS listed
    INNER JOIN app.supplier_names AS name ON listed.supplier_id = name.supplier_id
    -- An inactive supplier has no labels, but a stale mark of his is repaired.
    WHERE listed.is_active AND (name.is_active OR listed.is_verified)
),

confirmer AS (
    SELECT
        id,
        min(confirmed_by) AS confirmed_by
    FROM (
        SELECT
            sheet.id,
            confirmed.confirmed_by
        FROM sheet
        INNER JOIN confirmed ON sheet.sku = confirmed.sku AND sheet.canonical_id = confirmed.canonical_id
        WHERE sheet.is_active
        UNION ALL
        SELECT
            sheet.id,
            confirmed.confirmed_by
        FROM sheet
        INNER JOIN confirmed ON sheet.sku = confirmed.sku AND sheet.url = confirmed.url
        WHERE sheet.is_active AND sheet.url <> ''
    ) AS same_supplier
    GROUP BY id
)

SELECT
    sheet.id AS sheet_id,
    sheet.sku,
    sheet.supplier_name,
    sheet.is_verified,
    confirmer.confirmed_by,
    confirmer.confirmed_by IS NOT NULL AS is_confirmed,
    CASE
        WHEN sheet.is_verified AND confirmer.confirmed_by IS NOT NULL THEN 'SYNCED'
        WHEN sheet.is_verified THEN 'STALE'
        WHEN confirmer.confirmed_by IS NOT NULL THEN 'NEEDS SYNC'
        ELSE 'NOT CONFIRMED'
    END AS label,
    sheet.identity,
    sheet.canonical_id AS supplier_id
FROM sheet
LEFT JOIN confirmer ON sheet.id = confirmer.id;
COMMENT ON VIEW app.supplier_verification_labels IS
'One row per price-list row that is in use: SYNCED, NEEDS SYNC, NOT CONFIRMED or STALE';
COMMENT ON COLUMN app.supplier_verification_labels.sheet_id IS 'The price-list row (product_supplier_sheets.id)';
COMMENT ON COLUMN app.supplier_verification_labels.sku IS 'Our SKU';
COMMENT ON COLUMN app.supplier_verification_labels.supplier_name IS 'Supplier as written in the list';
COMMENT ON COLUMN app.supplier_verification_labels.is_verified IS 'The mark on the row';
COMMENT ON COLUMN app.supplier_verification_labels.confirmed_by IS 'Who confirmed the match; null when nobody did';
COMMENT ON COLUMN app.supplier_verification_labels.is_confirmed IS
'Whether an active confirmed match with an active supplier exists: what the mark should be';
COMMENT ON COLUMN app.supplier_verification_labels.label IS
'SYNCED: both; NEEDS SYNC: confirmed, mark missing; STALE: marked, not confirmed; NOT CONFIRMED: neither';
COMMENT ON COLUMN app.supplier_verification_labels.identity IS 'His name as it is compared (supplier_names.identity)';
COMMENT ON COLUMN app.supplier_verification_labels.supplier_id IS 'The supplier (supplier_names.canonical_id)';
