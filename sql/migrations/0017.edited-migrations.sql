-- Migrations 0001 to 0008 were edited after they had landed, and databases from before never got the rest: they get it
-- here. On all others nothing changes. From now on `make check` sees to it that no file is edited once it has landed.

ALTER TABLE app.emag_products_v2 ADD COLUMN IF NOT EXISTS stock_asked_at timestamptz;

DO $$
DECLARE
    own_ids text;
    outdated text;
    next_id bigint;
BEGIN
    FOREACH own_ids IN ARRAY ARRAY[
        'emag_sync_logs', 'warehouses', 'products', 'inventory_items', 'suppliers', 'supplier_products',
        'product_supplier_sheets', 'supplier_verification_history', 'purchase_orders', 'purchase_order_items'
    ] LOOP
        IF EXISTS (
            SELECT FROM pg_sequence
            WHERE seqrelid = pg_get_serial_sequence('app.' || own_ids, 'id')::regclass AND seqstart = 1
        ) THEN
            EXECUTE format('SELECT greatest(max(id) + 1, 1000000000) FROM app.%I', own_ids) INTO next_id;
            EXECUTE format(
                'ALTER TABLE app.%I ALTER COLUMN id SET START WITH 1000000000 RESTART WITH %s', own_ids, next_id
            );
        END IF;
    END LOOP;

    FOR outdated IN
        SELECT attrelid::regclass::text
        FROM pg_attribute
        WHERE
            attrelid IN ('app.emag_products_v2'::regclass, 'app.emag_product_offers_v2'::regclass)
            AND attname = 'vat_id'
            AND atttypid = 'integer'::regtype
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN vat_id TYPE bigint', outdated);
    END LOOP;

    IF NOT EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = 'app.inventory_items'::regclass AND attname = 'is_fed_by_emag' AND NOT attisdropped
    ) THEN
        ALTER TABLE app.inventory_items ADD COLUMN is_fed_by_emag boolean NOT NULL DEFAULT FALSE;
        -- The items that a sync had written: of products that an account of the warehouse offers.
        UPDATE app.inventory_items AS item
        SET is_fed_by_emag = TRUE
        FROM app.products AS product, app.warehouses AS warehouse
        WHERE
            item.product_id = product.id
            AND item.warehouse_id = warehouse.id
            AND EXISTS (
                SELECT FROM app.emag_products_v2 AS offer
                INNER JOIN app.emag_accounts AS account ON offer.account_type = account.account_type
                WHERE offer.sku = product.sku AND account.warehouse = warehouse.code
            );
    END IF;
END $$;

COMMENT ON COLUMN app.emag_products_v2.stock_asked_at IS
'When the offer was last asked for by its id and did not come, UTC';
COMMENT ON COLUMN app.emag_product_offers_v2.price IS
'Selling price = sale_price, without VAT, in currency; null when there is none';
COMMENT ON COLUMN app.emag_sync_logs.status IS
'running; completed: every offer was read; partial: something is missing, see errors; failed: nothing'
' to rely on';
COMMENT ON COLUMN app.inventory_items.is_fed_by_emag IS
'Whether a sync has written the item: only these become inactive by a sync';
