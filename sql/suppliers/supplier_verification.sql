-- Brings the marks of some SKUs, or of all, in line with the confirmed matches, and records the changes.
-- Parameters: skus (text[], null for all), changed_by.

WITH label AS MATERIALIZED (
    SELECT * FROM app.supplier_verification_labels WHERE %(skus)s::text[] IS NULL OR sku = any(%(skus)s::text[])
),

changed AS (
    UPDATE app.product_supplier_sheets AS sheet
    SET is_verified = label.is_confirmed
    FROM label
    WHERE
        sheet.id = label.sheet_id
        AND label.label IN ('NEEDS SYNC', 'STALE')
        AND sheet.is_verified IS DISTINCT FROM label.is_confirmed -- checked again: another run may be first
    RETURNING sheet.sku, sheet.supplier_name, sheet.is_verified, label.confirmed_by, label.supplier_id
),

supplier AS (
    SELECT
        label.sku,
        label.supplier_id,
        bool_or(label.is_confirmed) AS is_confirmed
    FROM label
    WHERE EXISTS (SELECT FROM changed WHERE changed.sku = label.sku AND changed.supplier_id = label.supplier_id)
    GROUP BY label.sku, label.supplier_id
),

-- The badge on the report of every account, at once; the supplier to order from changes when the report is rebuilt.
badge AS (
    UPDATE app.low_stock_report AS report
    SET is_verified = supplier.is_confirmed
    FROM supplier
    WHERE report.sku = supplier.sku AND report.supplier_id = supplier.supplier_id
)

INSERT INTO app.supplier_verification_history (sku, supplier_name, is_verified, reason, changed_by)
SELECT
    sku,
    supplier_name,
    is_verified,
    CASE
        WHEN is_verified THEN 'match confirmed by ' || confirmed_by
        ELSE 'no active confirmed match'
    END AS reason,
    %(changed_by)s AS changed_by
FROM changed
RETURNING sku, supplier_name, is_verified, reason;
