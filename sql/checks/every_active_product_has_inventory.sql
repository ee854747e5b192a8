-- Active products without an active inventory item in their account's warehouse.
SELECT DISTINCT
    offer.account_type,
    offer.sku
FROM app.emag_products_v2 AS offer
INNER JOIN app.configured_accounts AS account ON offer.account_type = account.account_type
LEFT JOIN app.products AS product ON offer.sku = product.sku
LEFT JOIN app.warehouses AS warehouse ON account.warehouse = warehouse.code
LEFT JOIN app.inventory_items AS item
    ON product.id = item.product_id AND warehouse.id = item.warehouse_id AND item.is_active
WHERE
    offer.is_active
    AND item.id IS NULL
    AND offer.account_type = any(%(accounts)s)
    -- Not of an account whose sync runs, or whose inventory is still to come: there it is not wrong yet.
    AND offer.account_type NOT IN (
        SELECT running.account_type FROM app.running_syncs AS running
        WHERE running.sync_type = 'products'
    )
    AND offer.account_type NOT IN (SELECT due.account_type FROM app.refresh_needed AS due WHERE due.needs_inventory)
ORDER BY offer.account_type, offer.sku;
