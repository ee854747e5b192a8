-- Bring the marks in line with the confirmed matches, of some SKUs or of all, and keep what changed.
-- Parameters: skus (text[], null for all), changed_by.

WITH changed AS (
    UPDATE app.product_supplier_sheets AS sheet
    SET is_verified = label.is_confirmed, updated_at = now()
    FROM app.supplier_verification_labels AS label
    WHERE
        sheet.id = label.sheet_id
        AND label.label IN ('NEEDS SYNC', 'STALE')
        AND sheet.is_verified IS DISTINCT FROM label.is_confirmed -- asked again if another run was faster
        AND (%(skus)s::text[] IS NULL OR sheet.sku = any(%(skus)s::text[]))
    RETURNING sheet.sku, sheet.supplier_name, sheet.is_verified, label.confirmed_by
),

-- The badge on the report of every account, at once; whom to order from is decided when the report is built again.
badge AS (
    UPDATE app.low_stock_report AS report
    SET is_verified = changed.is_verified
    FROM changed
    WHERE
        report.sku = changed.sku
        AND app.normalized_name(report.supplier_name) = app.normalized_name(changed.supplier_name)
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
