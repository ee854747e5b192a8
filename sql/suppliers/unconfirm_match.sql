-- A person revokes a confirmation, on every row of the supplier. Parameters: sku, supplier (his name).

UPDATE app.supplier_products AS match
SET manual_confirmed = FALSE, confirmed_by = NULL, confirmed_at = NULL
FROM app.supplier_names AS name, app.supplier_names AS named, app.products AS product
WHERE
    match.supplier_id = name.supplier_id
    AND name.canonical_id = named.canonical_id
    AND named.supplier_id = app.supplier_named(%(supplier)s)
    AND match.local_product_id = product.id
    AND match.manual_confirmed
    AND product.sku = %(sku)s;
