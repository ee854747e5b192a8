-- Deactivates items whose offer has another SKU now, and those of warehouses that no configured account names.
UPDATE app.inventory_items AS item
SET is_active = FALSE, updated_at = now()
WHERE
    item.is_active
    AND item.is_fed_by_emag
    AND NOT EXISTS (
        SELECT
        FROM app.emag_products_v2 AS offer
        INNER JOIN app.products AS product ON offer.sku = product.sku
        INNER JOIN app.configured_accounts AS account ON offer.account_type = account.account_type
        INNER JOIN app.warehouses AS warehouse ON account.warehouse = warehouse.code
        WHERE offer.is_active AND product.id = item.product_id AND warehouse.id = item.warehouse_id
    );
