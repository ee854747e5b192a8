-- What the stock decisions are made from: one row per configured account and SKU with an active offer and an active
-- item.

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
        status AS offer_status,
        validation_status,
        translation_validation_status,
        offer_validation_status,
        stock_above_since,
        sync_status = 'error' AS is_stale,
        app.stock_is_unread(general_stock, notes) AS is_unread
    FROM app.emag_products_v2
    WHERE is_active
    ORDER BY account_type, sku, emag_id
),

on_order AS (
    SELECT
        product_id,
        warehouse_id,
        sum(quantity) AS quantity,
        array_agg(left_out) FILTER (WHERE left_out IS NOT NULL) AS left_out
    FROM app.open_order_lines
    GROUP BY product_id, warehouse_id
),

unsound_price AS (
    SELECT
        sku,
        array_agg(supplier_name || ': price_cny ' || price_cny ORDER BY supplier_name) AS left_out
    FROM app.product_supplier_sheets
    WHERE is_active AND price_cny <> coalesce(app.sound_price(price_cny), 0)
    GROUP BY sku
),

ended AS (
    SELECT DISTINCT ON (account_type)
        account_type,
        status
    FROM app.emag_sync_logs
    WHERE
        sync_type = 'products'
        AND status <> 'running'
        AND operation <> 'selective'
        AND completed_at = app.sound_time(completed_at)
    ORDER BY account_type, completed_at DESC
),

scan AS (
    SELECT DISTINCT ON (account_type)
        account_type,
        least(greatest(processed_items::bigint - duplicate_items - failed_items - unseen_items, 0), 2147483647)::integer
            AS offers,
        total_items,
        completed_at
    FROM app.emag_sync_logs
    WHERE
        sync_type = 'products'
        AND status IN ('completed', 'partial')
        AND operation <> 'selective'
        AND completed_at = app.sound_time(completed_at)
    ORDER BY account_type, completed_at DESC
)

SELECT
    offer.account_type,
    offer.sku,
    offer.emag_id,
    offer.part_number_key,
    product.id AS product_id,
    -- What people wrote wins: a row that they or the ERP made, or changed since a sync made it.
    coalesce(
        CASE
            WHEN product.source <> 'emag' OR product.name <> coalesce(product.emag_name, '')
                THEN nullif(app.spaced(product.name), '')
        END,
        offer.name,
        product.name
    ) AS name,
    coalesce(
        CASE
            WHEN product.source <> 'emag' OR product.brand <> coalesce(product.emag_brand, '')
                THEN nullif(app.spaced(product.brand), '')
        END,
        offer.brand,
        product.brand
    ) AS brand,
    warehouse.code AS warehouse,
    levels.quantity,
    levels.reserved AS reserved_quantity,
    levels.quantity - levels.reserved AS available_quantity,
    least(coalesce(on_order.quantity, 0), 1000000000000000)::bigint AS on_order_quantity,
    levels.minimum_stock AS manual_minimum_stock,
    levels.reorder_point AS manual_reorder_point,
    levels.maximum_stock AS manual_maximum_stock,
    levels.reorder_quantity AS manual_reorder_quantity,
    levels.left_out || on_order.left_out || unsound_price.left_out AS left_out,
    ordering.account_type AS ordering_account,
    offer.price,
    offer.currency,
    offer.offer_status,
    offer.validation_status,
    offer.translation_validation_status,
    offer.offer_validation_status,
    coalesce(terms.price, offer.price) AS offer_price,
    coalesce(terms.visibility, 'visible') = 'hidden' AS is_hidden,
    offer.stock_above_since,
    offer.is_unread AND levels.quantity = 0 AS is_unread,
    CASE WHEN offer.is_stale THEN terms.last_synced_at END AS stock_stale_since,
    supplier.supplier_id,
    supplier.supplier_name,
    supplier.price_cny AS supplier_price_cny,
    supplier.supplier_url,
    coalesce(supplier.is_verified, FALSE) AS is_verified,
    coalesce(supplier.supplier_count, 0)::integer AS supplier_count,
    ended.status AS scan_status,
    scan.offers AS scan_offers,
    scan.total_items AS scan_total,
    scan.completed_at AS scanned_at,
    account.marketplace
FROM offer
INNER JOIN app.configured_accounts AS account ON offer.account_type = account.account_type
INNER JOIN app.warehouses AS warehouse ON account.warehouse = warehouse.code
INNER JOIN app.products AS product ON offer.sku = product.sku
INNER JOIN app.inventory_items AS item
    ON product.id = item.product_id AND warehouse.id = item.warehouse_id AND item.is_active
INNER JOIN app.manual_levels AS levels ON item.id = levels.item_id
INNER JOIN app.ordering_accounts AS ordering ON account.warehouse = ordering.warehouse AND offer.sku = ordering.sku
LEFT JOIN app.emag_product_offers_v2 AS terms
    ON offer.account_type = terms.account_type AND offer.emag_id = terms.emag_offer_id
LEFT JOIN on_order ON product.id = on_order.product_id AND warehouse.id = on_order.warehouse_id
LEFT JOIN app.supplier_choice AS supplier ON offer.sku = supplier.sku
LEFT JOIN unsound_price ON offer.sku = unsound_price.sku
LEFT JOIN ended ON offer.account_type = ended.account_type
LEFT JOIN scan ON offer.account_type = scan.account_type
ORDER BY offer.account_type, offer.sku;
