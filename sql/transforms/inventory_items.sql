-- Inventory of one account from its offers. Parameters: account_type, kind, warehouse.
-- Of several offers with one SKU, the active one with the lowest id counts. manual_* columns are never written.

INSERT INTO app.warehouses (code, name, kind)
SELECT
    %(warehouse)s AS code,
    %(warehouse)s AS name,
    %(kind)s AS kind
WHERE NOT EXISTS (SELECT FROM app.warehouses WHERE code = %(warehouse)s)
ON CONFLICT (code) DO NOTHING;

INSERT INTO app.products (sku, name, brand, source)
SELECT DISTINCT ON (offer.sku)
    offer.sku,
    offer.name,
    offer.brand,
    'emag' AS source
FROM app.emag_products_v2 AS offer
WHERE
    offer.account_type = %(account_type)s
    AND NOT EXISTS (SELECT FROM app.products AS known WHERE known.sku = offer.sku)
ORDER BY offer.sku, offer.is_active DESC, offer.emag_id
ON CONFLICT (sku) DO NOTHING;

-- Accounts that name one warehouse publish the same pieces: the item lives while any of them sells it.
CREATE TEMPORARY TABLE incoming_stock ON COMMIT DROP AS
SELECT DISTINCT ON (offer.sku)
    product.id AS product_id,
    warehouse.id AS warehouse_id,
    offer.stock_quantity AS quantity,
    terms.reserved_stock AS reserved_quantity,
    exists(
        SELECT
        FROM app.emag_products_v2 AS sibling
        INNER JOIN app.emag_accounts AS account ON sibling.account_type = account.account_type
        WHERE sibling.sku = offer.sku AND sibling.is_active AND account.warehouse = warehouse.code
    ) AS is_active
FROM app.emag_products_v2 AS offer
INNER JOIN app.emag_product_offers_v2 AS terms
    ON offer.account_type = terms.account_type AND offer.emag_id = terms.emag_offer_id
INNER JOIN app.products AS product ON offer.sku = product.sku
INNER JOIN app.warehouses AS warehouse ON warehouse.code = %(warehouse)s
WHERE offer.account_type = %(account_type)s
ORDER BY offer.sku, offer.is_active DESC, offer.emag_id;

UPDATE app.inventory_items AS item
SET
    quantity = incoming.quantity,
    reserved_quantity = incoming.reserved_quantity,
    is_active = incoming.is_active,
    updated_at = now()
FROM incoming_stock AS incoming
WHERE
    item.product_id = incoming.product_id
    AND item.warehouse_id = incoming.warehouse_id
    AND (item.quantity, item.reserved_quantity, item.is_active)
    IS DISTINCT FROM (incoming.quantity, incoming.reserved_quantity, incoming.is_active);

INSERT INTO app.inventory_items (product_id, warehouse_id, quantity, reserved_quantity)
SELECT
    incoming.product_id,
    incoming.warehouse_id,
    incoming.quantity,
    incoming.reserved_quantity
FROM incoming_stock AS incoming
WHERE
    incoming.is_active
    AND NOT EXISTS (
        SELECT
        FROM app.inventory_items AS item
        WHERE item.product_id = incoming.product_id AND item.warehouse_id = incoming.warehouse_id
    )
ON CONFLICT (product_id, warehouse_id) DO NOTHING;
