-- How many marks of the price list disagree with the confirmed matches.
SELECT count(*) AS marks
FROM app.supplier_verification_labels
WHERE label IN ('NEEDS SYNC', 'STALE');
