-- The inventory item of each of these SKUs in each configured account. Parameter: skus.
SELECT
    account.account_type,
    product.sku,
    item.id
FROM app.products AS product
INNER JOIN app.inventory_items AS item ON product.id = item.product_id
INNER JOIN app.warehouses AS warehouse ON item.warehouse_id = warehouse.id
INNER JOIN app.configured_accounts AS account ON warehouse.code = account.warehouse
WHERE product.sku = any(%(skus)s::text[])
ORDER BY account.ordering_rank
