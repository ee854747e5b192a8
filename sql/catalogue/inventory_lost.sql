-- Configured accounts with active offers whose derived inventory is entirely gone: an ERP that loads its products by
-- TRUNCATE ... CASCADE and COPY deletes the items too.
SELECT account.account_type
FROM app.configured_accounts AS account
INNER JOIN app.builds AS build ON account.account_type = build.account_type AND build.name = 'inventory_items'
WHERE
    build.built_from IS NOT NULL
    AND EXISTS (
        SELECT FROM app.emag_products_v2 AS offer
        WHERE offer.account_type = account.account_type AND offer.is_active
    )
    AND NOT EXISTS (
        SELECT
        FROM app.inventory_items AS item
        INNER JOIN app.warehouses AS warehouse ON item.warehouse_id = warehouse.id
        WHERE warehouse.code = account.warehouse
    )
ORDER BY account.account_type;
