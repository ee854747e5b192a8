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
