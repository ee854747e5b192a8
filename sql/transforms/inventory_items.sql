-- Inventory of one account from its offers. Parameters: account_type, kind, warehouse.
-- manual_* columns are never written. One account at a time: they may share products and warehouses.

SELECT pg_advisory_xact_lock(hashtextextended('magflow: inventory', 0));

-- Before the offers are read: a sync that ends meanwhile leaves the inventory behind, and is seen.
UPDATE app.emag_accounts
SET
    inventory_sync_id = (
        SELECT max(log.id) FROM app.emag_sync_logs AS log
        WHERE log.account_type = %(account_type)s AND log.sync_type = 'products' AND log.status <> 'running'
    )
WHERE account_type = %(account_type)s;

INSERT INTO app.warehouses (code, name, kind)
SELECT
    %(warehouse)s AS code,
    %(warehouse)s AS name,
    %(kind)s AS kind
WHERE NOT EXISTS (SELECT FROM app.warehouses WHERE code = %(warehouse)s)
ON CONFLICT (code) DO NOTHING;

INSERT INTO app.products (sku, name, brand, emag_name, emag_brand, source)
SELECT DISTINCT ON (offer.sku)
    offer.sku,
    offer.name,
    offer.brand,
    offer.name AS emag_name,
    offer.brand AS emag_brand,
    'emag' AS source
FROM app.emag_products_v2 AS offer
WHERE
    offer.account_type = %(account_type)s
    AND NOT EXISTS (SELECT FROM app.products AS known WHERE known.sku = offer.sku)
ORDER BY offer.sku, offer.is_active DESC, offer.emag_id
ON CONFLICT (sku) DO NOTHING;

-- Accounts that name one warehouse publish the same pieces: an active offer counts before an inactive one, then the
-- account that was read last, then the lowest id.
CREATE TEMPORARY TABLE incoming_stock ON COMMIT DROP AS
WITH offer AS (
    SELECT
        offer.sku,
        offer.emag_id,
        offer.is_active,
        -- More than stock_above, not counted: one more is what is sure.
        greatest(offer.stock_quantity, offer.stock_above + 1) AS stock_quantity,
        terms.reserved_stock,
        max(offer.last_synced_at) OVER (PARTITION BY offer.account_type) AS account_synced_at
    FROM app.emag_products_v2 AS offer
    INNER JOIN app.emag_product_offers_v2 AS terms
        ON offer.account_type = terms.account_type AND offer.emag_id = terms.emag_offer_id
    INNER JOIN app.emag_accounts AS account ON offer.account_type = account.account_type
    WHERE account.warehouse = %(warehouse)s
)

SELECT DISTINCT ON (offer.sku)
    product.id AS product_id,
    warehouse.id AS warehouse_id,
    -- A claim of more than can be would not pass the door of inventory_items.
    least(offer.stock_quantity, 1000000000000000) AS quantity,
    least(offer.reserved_stock, 1000000000000000) AS reserved_quantity,
    offer.is_active
FROM offer
INNER JOIN app.products AS product ON offer.sku = product.sku
INNER JOIN app.warehouses AS warehouse ON warehouse.code = %(warehouse)s
ORDER BY offer.sku, offer.is_active DESC, offer.account_synced_at DESC, offer.emag_id;

UPDATE app.inventory_items AS item
SET
    quantity = incoming.quantity,
    -- Where people keep back more pieces than can be, a larger sum would be no bigint: the item would stop the sync.
    reserved_quantity = CASE
        WHEN app.unsound_pieces('', item.manual_reserved) IS NULL THEN incoming.reserved_quantity
        ELSE least(incoming.reserved_quantity, incoming.quantity)
    END,
    is_active = incoming.is_active,
    is_fed_by_emag = TRUE,
    updated_at = now()
FROM incoming_stock AS incoming
WHERE
    item.product_id = incoming.product_id
    AND item.warehouse_id = incoming.warehouse_id
    AND (item.quantity, item.reserved_quantity, item.is_active, item.is_fed_by_emag)
    IS DISTINCT FROM (incoming.quantity, incoming.reserved_quantity, incoming.is_active, TRUE);

INSERT INTO app.inventory_items (product_id, warehouse_id, quantity, reserved_quantity, is_fed_by_emag)
SELECT
    incoming.product_id,
    incoming.warehouse_id,
    incoming.quantity,
    incoming.reserved_quantity,
    TRUE AS is_fed_by_emag
FROM incoming_stock AS incoming
WHERE
    incoming.is_active
    AND NOT EXISTS (
        SELECT
        FROM app.inventory_items AS item
        WHERE item.product_id = incoming.product_id AND item.warehouse_id = incoming.warehouse_id
    )
ON CONFLICT (product_id, warehouse_id) DO NOTHING;

-- Items whose offer carries another SKU now, or whose account names another warehouse.
UPDATE app.inventory_items AS item
SET is_active = FALSE, updated_at = now()
WHERE
    item.is_active
    AND item.is_fed_by_emag
    AND NOT EXISTS (
        SELECT
        FROM app.emag_products_v2 AS offer
        INNER JOIN app.products AS product ON offer.sku = product.sku
        INNER JOIN app.emag_accounts AS account ON offer.account_type = account.account_type
        INNER JOIN app.warehouses AS warehouse ON account.warehouse = warehouse.code
        WHERE offer.is_active AND product.id = item.product_id AND warehouse.id = item.warehouse_id
    );
