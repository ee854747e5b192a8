-- Inventory of one account's warehouse from the offers of the configured accounts on it.
-- Parameters: account_type, warehouse.
-- manual_* columns are never written.

-- Statistics may be from when a table was empty; the planner then chooses nested loops over all of it: the first
-- inventory of 99,000 items took 141 s. Every join here is an equality, so hash joins serve at any size.
SET LOCAL enable_nestloop = off;

-- Before the offers are read, so that a sync that ends meanwhile makes the inventory stale.
SELECT app.begin_build('inventory_items', %(account_type)s);

INSERT INTO app.warehouses (code, name)
SELECT
    %(warehouse)s AS code,
    %(warehouse)s AS name
WHERE NOT EXISTS (SELECT FROM app.warehouses WHERE code = %(warehouse)s)
ON CONFLICT (code) DO NOTHING;

-- The kind of the account that orders first, whichever created the warehouse.
UPDATE app.warehouses AS warehouse
SET kind = account.kind
FROM app.configured_accounts AS account
WHERE
    warehouse.code = %(warehouse)s
    AND account.warehouse = warehouse.code
    AND account.ordering_rank = (
        SELECT min(first.ordering_rank) FROM app.configured_accounts AS first
        WHERE first.warehouse = %(warehouse)s
    )
    AND warehouse.kind <> account.kind;

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
    offer.account_type IN (
        SELECT account.account_type FROM app.configured_accounts AS account
        WHERE account.warehouse = %(warehouse)s
    )
    AND NOT EXISTS (SELECT FROM app.products AS known WHERE known.sku = offer.sku)
ORDER BY offer.sku, offer.is_active DESC, offer.emag_id
ON CONFLICT (sku) DO NOTHING;

-- Accounts that name one warehouse publish the same pieces. Of each account one offer of the SKU counts: an active one
-- before an inactive one before a removed one, then the lowest id. The pieces are counted once, as the smallest number
-- of any account, because a sale on one reaches the others later. A stock that was read more than a day before another
-- one, whose newer rows could not be stored, or that was not a number counts only where there is no better one.
-- Reserved pieces of the accounts add up.
CREATE TEMPORARY TABLE incoming_stock AS
WITH offer AS (
    SELECT DISTINCT ON (offer.account_type, offer.sku)
        offer.sku,
        offer.is_active,
        offer.removed_at IS NOT NULL AS is_removed,
        -- A row that could not be stored was seen, but its stock was not read.
        least(offer.last_synced_at, terms.last_synced_at) AS last_synced_at,
        offer.sync_status = 'error' AS is_stale,
        app.stock_is_unread(offer.general_stock, offer.notes) AS is_unread,
        -- Known only to be more than stock_above: one more is certain.
        offer.stock_above IS NOT NULL AS is_at_least,
        greatest(offer.stock_quantity, offer.stock_above + 1) AS stock_quantity,
        terms.reserved_stock
    FROM app.emag_products_v2 AS offer
    INNER JOIN app.emag_product_offers_v2 AS terms
        ON offer.account_type = terms.account_type AND offer.emag_id = terms.emag_offer_id
    INNER JOIN app.configured_accounts AS account ON offer.account_type = account.account_type
    WHERE account.warehouse = %(warehouse)s
    ORDER BY offer.account_type, offer.sku, offer.is_active DESC, offer.removed_at IS NOT NULL, offer.emag_id
),

compared AS (
    SELECT
        *,
        max(last_synced_at) OVER (PARTITION BY sku, is_active, is_removed) AS newest_at,
        sum(reserved_stock) FILTER (WHERE NOT is_removed) OVER (PARTITION BY sku) AS reserved_by_all
    FROM offer
)

SELECT DISTINCT ON (compared.sku)
    product.id AS product_id,
    (SELECT warehouse.id FROM app.warehouses AS warehouse WHERE warehouse.code = %(warehouse)s) AS warehouse_id,
    -- A trigger of inventory_items rejects larger numbers.
    least(compared.stock_quantity, 1000000000000000) AS quantity,
    least(coalesce(compared.reserved_by_all, compared.reserved_stock), 1000000000000000) AS reserved_quantity,
    compared.is_active
FROM compared
INNER JOIN app.products AS product ON compared.sku = product.sku
ORDER BY
    compared.sku,
    compared.is_active DESC,
    compared.is_removed,
    compared.last_synced_at < compared.newest_at - interval '1 day',
    compared.is_unread,
    compared.is_stale,
    compared.is_at_least,
    compared.stock_quantity;

UPDATE app.inventory_items AS item
SET
    quantity = incoming.quantity,
    -- Where people reserve an absurd number of pieces, the sum would overflow bigint and the item would stop the sync.
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

DROP TABLE incoming_stock;
