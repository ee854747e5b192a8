-- What the stock decisions are made from: one row per account and SKU with an active offer and an active item.

WITH offer AS (
    -- Of several active offers with one SKU, the one with the lowest id.
    SELECT DISTINCT ON (account_type, sku)
        account_type,
        sku,
        emag_id,
        part_number_key,
        name,
        brand,
        price,
        currency,
        stock_above_since,
        sync_status = 'error' AS is_stale
    FROM app.emag_products_v2
    WHERE is_active
    ORDER BY account_type, sku, emag_id
),

item AS (
    -- A manual level counts until the end of its last day in Bucharest.
    SELECT
        id,
        product_id,
        warehouse_id,
        quantity,
        available_quantity,
        is_active,
        quantity - available_quantity AS reserved_quantity,
        CASE WHEN is_valid THEN manual_minimum_stock END AS manual_minimum_stock,
        CASE WHEN is_valid THEN manual_reorder_point END AS manual_reorder_point,
        CASE WHEN is_valid THEN manual_maximum_stock END AS manual_maximum_stock,
        CASE WHEN is_valid THEN manual_reorder_quantity END AS manual_reorder_quantity
    FROM (
        SELECT
            *,
            coalesce(manual_valid_until >= (now() AT TIME ZONE 'Europe/Bucharest')::date, TRUE) AS is_valid
        FROM app.inventory_items
    ) AS judged
),

on_order AS (
    SELECT
        line.product_id,
        coalesce(
            line.warehouse_id,
            (SELECT home.id FROM app.warehouses AS home ORDER BY home.kind <> 'main', home.id LIMIT 1)
        ) AS warehouse_id,
        sum(greatest(line.quantity - coalesce(line.received_quantity, 0), 0)) AS quantity
    FROM app.purchase_order_items AS line
    INNER JOIN app.purchase_orders AS purchase ON line.purchase_order_id = purchase.id
    WHERE purchase.status IN ('sent', 'confirmed', 'partially_received')
    GROUP BY 1, 2
),

supplier AS (
    SELECT DISTINCT ON (sheet.sku)
        sheet.sku,
        sheet.supplier_name,
        sheet.price_cny,
        sheet.supplier_url,
        sheet.is_verified,
        count(sheet.price_cny) OVER (PARTITION BY sheet.sku) AS supplier_count
    FROM app.product_supplier_sheets AS sheet
    WHERE
        sheet.is_active
        AND NOT EXISTS (
            SELECT
            FROM app.suppliers AS left_behind
            WHERE
                NOT left_behind.is_active
                AND app.normalized_name(left_behind.name) = app.normalized_name(sheet.supplier_name)
        )
    ORDER BY
        sheet.sku,
        sheet.is_verified DESC,
        EXISTS (
            SELECT
            FROM app.suppliers AS preferred
            WHERE
                preferred.is_preferred
                AND preferred.is_active
                AND app.normalized_name(preferred.name) = app.normalized_name(sheet.supplier_name)
        ) DESC,
        sheet.price_cny ASC NULLS LAST,
        sheet.supplier_name
),

ended AS (
    SELECT DISTINCT ON (account_type)
        account_type,
        status
    FROM app.emag_sync_logs
    WHERE sync_type = 'products' AND status <> 'running' AND operation <> 'selective'
    ORDER BY account_type, completed_at DESC
),

scan AS (
    SELECT DISTINCT ON (account_type)
        account_type,
        processed_items - duplicate_items - failed_items - unseen_items AS offers,
        total_items,
        completed_at
    FROM app.emag_sync_logs
    WHERE sync_type = 'products' AND status IN ('completed', 'partial') AND operation <> 'selective'
    ORDER BY account_type, completed_at DESC
)

SELECT
    offer.account_type,
    offer.sku,
    offer.emag_id,
    offer.part_number_key,
    product.id AS product_id,
    coalesce(offer.name, product.name) AS name,
    coalesce(offer.brand, product.brand) AS brand,
    warehouse.code AS warehouse,
    item.quantity,
    item.reserved_quantity,
    item.available_quantity,
    coalesce(on_order.quantity, 0)::bigint AS on_order_quantity,
    item.manual_minimum_stock,
    item.manual_reorder_point,
    item.manual_maximum_stock,
    item.manual_reorder_quantity,
    min(offer.account_type) OVER (PARTITION BY item.id) AS ordering_account,
    offer.price,
    offer.currency,
    offer.stock_above_since,
    CASE WHEN offer.is_stale THEN terms.last_synced_at END AS stock_stale_since,
    supplier.supplier_name,
    supplier.price_cny AS supplier_price_cny,
    supplier.supplier_url,
    coalesce(supplier.is_verified, FALSE) AS is_verified,
    coalesce(supplier.supplier_count, 0)::integer AS supplier_count,
    ended.status AS scan_status,
    scan.offers AS scan_offers,
    scan.total_items AS scan_total,
    scan.completed_at AS scanned_at
FROM offer
INNER JOIN app.emag_accounts AS account ON offer.account_type = account.account_type
INNER JOIN app.warehouses AS warehouse ON account.warehouse = warehouse.code
INNER JOIN app.products AS product ON offer.sku = product.sku
INNER JOIN item ON product.id = item.product_id AND warehouse.id = item.warehouse_id AND item.is_active
LEFT JOIN app.emag_product_offers_v2 AS terms
    ON offer.account_type = terms.account_type AND offer.emag_id = terms.emag_offer_id
LEFT JOIN on_order ON product.id = on_order.product_id AND warehouse.id = on_order.warehouse_id
LEFT JOIN supplier ON offer.sku = supplier.sku
LEFT JOIN ended ON offer.account_type = ended.account_type
LEFT JOIN scan ON offer.account_type = scan.account_type
ORDER BY offer.account_type, offer.sku;
