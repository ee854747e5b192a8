-- Items whose levels contradict each other or are impossible, and what is used instead: set the levels anew. Also what
-- was set by hand at a warehouse that no account names any more: set it at the new one.
WITH set_by_hand AS (
    SELECT
        item.product_id,
        item.warehouse_id
    FROM app.inventory_items AS item
    WHERE
        item.is_fed_by_emag
        AND (
            item.manual_reserved IS NOT NULL
            OR (
                coalesce(item.manual_valid_until >= (now() AT TIME ZONE 'Europe/Bucharest')::date, TRUE)
                AND coalesce(
                    item.manual_minimum_stock,
                    item.manual_reorder_point,
                    item.manual_maximum_stock,
                    item.manual_reorder_quantity
                ) IS NOT NULL
            )
        )
),

left_behind AS (
    SELECT DISTINCT ON (item.product_id, item.warehouse_id)
        account.account_type,
        offer.sku,
        item.product_id,
        former.code AS former_warehouse,
        account.warehouse
    FROM set_by_hand AS item
    INNER JOIN app.products AS product ON item.product_id = product.id
    INNER JOIN app.warehouses AS former ON item.warehouse_id = former.id
    INNER JOIN app.emag_products_v2 AS offer ON product.sku = offer.sku AND offer.is_active
    INNER JOIN app.configured_accounts AS account
        ON offer.account_type = account.account_type AND former.kind = account.kind
    -- The stock of an account that is merely out of the configuration stays with it.
    WHERE NOT EXISTS (SELECT FROM app.emag_accounts AS known WHERE known.warehouse = former.code)
    ORDER BY item.product_id, item.warehouse_id, account.ordering_rank
)

SELECT
    account_type,
    sku,
    levels_note
FROM app.low_stock_report
WHERE levels_note IS NOT NULL AND account_type = any(%(accounts)s)
UNION ALL
SELECT
    lost.account_type,
    lost.sku,
    'What was set by hand at the warehouse ' || lost.former_warehouse || ' does not count: the account uses '
    || lost.warehouse || ' now.' AS levels_note
FROM left_behind AS lost
-- Once anything is set there, the former is history.
WHERE
    lost.account_type = any(%(accounts)s)
    AND NOT EXISTS (
        SELECT
        FROM set_by_hand AS anew
        INNER JOIN app.warehouses AS warehouse ON anew.warehouse_id = warehouse.id
        WHERE anew.product_id = lost.product_id AND warehouse.code = lost.warehouse
    )
ORDER BY account_type, sku;
