-- A person takes a confirmation back, however the supplier is spelled. Parameters: sku, supplier.

UPDATE app.supplier_products AS match
SET manual_confirmed = FALSE, confirmed_by = NULL, confirmed_at = NULL
FROM app.suppliers AS supplier, app.products AS product
WHERE
    match.supplier_id = supplier.id
    AND match.local_product_id = product.id
    AND match.manual_confirmed
    AND product.sku = %(sku)s
    AND supplier.name IN (
        SELECT spelling FROM app.supplier_names WHERE identity = app.normalized_name(%(supplier)s)
    );
