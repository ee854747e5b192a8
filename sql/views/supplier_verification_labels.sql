-- What the rule says of each price-list row, beside what the row says of itself (domain.md 9).
CREATE OR REPLACE VIEW app.supplier_verification_labels AS
WITH confirmed AS (
    SELECT
        p.sku,
        app.normalized_name(s.name) AS normalized_name,
        btrim(sp.supplier_product_url) AS url,
        coalesce(sp.confirmed_by, 'unknown') AS confirmed_by
    FROM app.supplier_products AS sp
    INNER JOIN app.suppliers AS s ON sp.supplier_id = s.id
    INNER JOIN app.products AS p ON sp.local_product_id = p.id
    WHERE sp.is_active AND sp.manual_confirmed
),

judged AS (
    SELECT
        sheet.id,
        sheet.sku,
        sheet.supplier_name,
        sheet.is_verified,
        (
            SELECT min(c.confirmed_by)
            FROM confirmed AS c
            WHERE
                c.sku = sheet.sku
                AND (
                    c.normalized_name = app.normalized_name(sheet.supplier_name)
                    OR (c.url <> '' AND c.url = btrim(sheet.supplier_url))
                )
        ) AS confirmed_by
    FROM app.product_supplier_sheets AS sheet
    WHERE sheet.is_active
)

SELECT
    id AS sheet_id,
    sku,
    supplier_name,
    is_verified,
    confirmed_by,
    confirmed_by IS NOT NULL AS is_confirmed,
    CASE
        WHEN is_verified AND confirmed_by IS NOT NULL THEN 'SYNCED'
        WHEN is_verified THEN 'STALE'
        WHEN confirmed_by IS NOT NULL THEN 'NEEDS SYNC'
        ELSE 'NOT CONFIRMED'
    END AS label
FROM judged;
COMMENT ON VIEW app.supplier_verification_labels IS
'One row per active price-list row: SYNCED, NEEDS SYNC, NOT CONFIRMED or STALE';
COMMENT ON COLUMN app.supplier_verification_labels.sheet_id IS 'The price-list row (product_supplier_sheets.id)';
COMMENT ON COLUMN app.supplier_verification_labels.sku IS 'Our SKU';
COMMENT ON COLUMN app.supplier_verification_labels.supplier_name IS 'Supplier as written in the list';
COMMENT ON COLUMN app.supplier_verification_labels.is_verified IS 'The mark on the row';
COMMENT ON COLUMN app.supplier_verification_labels.confirmed_by IS 'Who confirmed the match; null when nobody did';
COMMENT ON COLUMN app.supplier_verification_labels.is_confirmed IS
'Whether an active confirmed match exists: what the mark should be';
COMMENT ON COLUMN app.supplier_verification_labels.label IS
'SYNCED: both; NEEDS SYNC: confirmed, mark missing; STALE: marked, not confirmed; NOT CONFIRMED: neither';
