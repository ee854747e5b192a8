-- Two suppliers with one name, two prices of one supplier, and confirmed matches with the page of another supplier.
SELECT
    conflict,
    sku,
    supplier_name,
    other_supplier_name,
    detail
FROM app.supplier_conflicts
ORDER BY conflict, supplier_name, sku;
