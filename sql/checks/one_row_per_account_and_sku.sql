-- Active SKUs that are missing in the report or in it twice, and rows of the report whose SKU is not active: build the
-- report again (job refresh_report).
WITH expected AS (
    SELECT DISTINCT
        offer.account_type,
        offer.sku
    FROM app.emag_products_v2 AS offer
    INNER JOIN app.configured_accounts AS account ON offer.account_type = account.account_type
    INNER JOIN app.products AS product ON offer.sku = product.sku
    INNER JOIN app.warehouses AS warehouse ON account.warehouse = warehouse.code
    INNER JOIN app.inventory_items AS item
        ON product.id = item.product_id AND warehouse.id = item.warehouse_id AND item.is_active
    WHERE offer.is_active
),

reported AS (
    SELECT
        account_type,
        sku,
        count(*) AS times
    FROM app.low_stock_report
    WHERE account_type IN (SELECT configured.account_type FROM app.configured_accounts AS configured)
    GROUP BY account_type, sku
)

SELECT
    account_type,
    sku,
    coalesce(reported.times, 0) AS times_reported
FROM expected
FULL JOIN reported USING (account_type, sku)
WHERE
    (expected.sku IS NULL OR reported.times IS DISTINCT FROM 1)
    -- Not of an account whose sync runs, or whose inventory is still to come: there it is not wrong yet.
    AND account_type NOT IN (
        SELECT running.account_type FROM app.running_syncs AS running
        WHERE running.sync_type = 'products'
    )
    AND account_type NOT IN (SELECT due.account_type FROM app.refresh_needed AS due WHERE due.needs_inventory)
ORDER BY account_type, sku;
