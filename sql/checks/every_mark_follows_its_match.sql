-- Price-list rows whose verified mark disagrees with the confirmed matches.
SELECT
    sku,
    supplier_name,
    label
FROM app.supplier_verification_labels
WHERE label IN ('NEEDS SYNC', 'STALE')
ORDER BY sku, supplier_name;
