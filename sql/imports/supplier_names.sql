-- The names of all suppliers, once each.
SELECT DISTINCT supplier_name FROM app.supplier_names
WHERE identity <> ''
ORDER BY supplier_name
