-- What people and an ERP write beside a sync, good and bad, on any of the schemas: read by make.py.

-- Bad values come from before there were triggers that refuse them.
SET session_replication_role = replica;

INSERT INTO app.suppliers (id, name, is_preferred) VALUES (1, 'TZT', TRUE), (2, E'tzt\u00a0', FALSE), (3, 'WANKE', FALSE);

-- The ERP's own article, which is in no account.
INSERT INTO app.products (id, sku, name, source) VALUES (7000, 'ERP-7', 'A screw', 'erp');
INSERT INTO app.inventory_items (id, product_id, warehouse_id, quantity, manual_reserved)
SELECT 7000, 7000, min(warehouse.id), 30, 2 FROM app.warehouses AS warehouse;

CREATE TEMPORARY TABLE chosen AS
SELECT row_number() OVER (ORDER BY product.sku) AS place, product.id, product.sku
FROM app.products AS product
WHERE product.source = 'emag';

INSERT INTO app.product_supplier_sheets (sku, supplier_name, price_cny, updated_at)
SELECT chosen.sku, sheet.supplier_name, sheet.price_cny, sheet.updated_at
FROM chosen
INNER JOIN
    (VALUES
        (1, 'TZT', 8.5, timestamptz '2026-01-05 10:00+00'),
        (1, E'\u00a0tzt', 'NaN', 'infinity'),
        (1, 'Wanke', 9, '-infinity'),
        (2, 'TZT', NULL, '2026-01-05 10:00+00'),
        (2, E'\u200b', 1, '20000-01-01 00:00+00'),
        (3, 'Nobody in suppliers', 3.25, '2026-01-05 10:00+00')
    ) AS sheet (place, supplier_name, price_cny, updated_at)
    ON chosen.place = sheet.place;

INSERT INTO app.supplier_products (supplier_id, local_product_id, manual_confirmed, confirmed_by, confirmed_at)
SELECT 1, chosen.id, TRUE, 'ana', CASE chosen.place WHEN 1 THEN timestamptz '2026-01-06 09:00+00' ELSE 'infinity' END
FROM chosen
WHERE chosen.place <= 2;
INSERT INTO app.supplier_verification_history (sku, supplier_name, is_verified, reason, changed_by)
SELECT chosen.sku, 'TZT', TRUE, 'confirmed', 'ana' FROM chosen WHERE chosen.place = 1;

INSERT INTO app.purchase_orders (id, supplier_id, status, expected_on) VALUES (1, 1, 'sent', '2026-03-01'), (2, 3, 'sent', 'infinity');
INSERT INTO app.purchase_order_items (purchase_order_id, product_id, quantity, received_quantity, unit_price)
SELECT 1 + (chosen.place - 1) % 2, chosen.id, line.quantity, line.received_quantity, line.unit_price
FROM chosen
INNER JOIN
    (VALUES (1, 20, NULL, 8.5), (2, 9223372036854775807, 1, 'NaN'), (3, 5, 2, 3.25)) AS line (place, quantity, received_quantity, unit_price)
    ON chosen.place = line.place;

INSERT INTO app.exchange_rates (currency, rate_date, ron) VALUES ('CNY', '2026-01-31', 0.6), ('USD', '2026-01-31', 'NaN');

UPDATE app.inventory_items AS item
SET
    manual_minimum_stock = CASE chosen.place WHEN 1 THEN 50 END,
    manual_maximum_stock = CASE chosen.place WHEN 1 THEN 40 ELSE 9223372036854775807 END,
    manual_valid_until = CASE chosen.place WHEN 3 THEN 'infinity'::date END
FROM chosen
WHERE item.product_id = chosen.id AND chosen.place <= 3;

-- A sync that was killed.
INSERT INTO app.emag_sync_logs (account_type, started_at) VALUES ('fbe', '2026-02-01 08:00+00');

RESET session_replication_role;
