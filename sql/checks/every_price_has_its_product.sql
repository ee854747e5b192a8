-- Price-list rows that count nowhere because no product has their SKU, with the nearest SKU that one has.
SELECT
    sku,
    nearest_sku,
    supplier_name,
    price_cny
FROM app.unused_prices
-- Not while the first inventory of an account is still to come, which makes the products: there it is not wrong yet.
WHERE
    NOT EXISTS (
        SELECT
        FROM app.refresh_needed AS account
        WHERE
            account.inventory_sync_id IS NULL
            AND (
                account.account_type IN (
                    SELECT running.account_type FROM app.running_syncs AS running
                    WHERE running.sync_type = 'products'
                )
                OR (
                    account.needs_inventory
                    AND EXISTS (
                        SELECT FROM app.emag_products_v2 AS offer
                        WHERE offer.account_type = account.account_type
                    )
                )
            )
    )
ORDER BY sku, supplier_name;
