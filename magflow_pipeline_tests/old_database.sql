-- A small database of the program before this one, in which each thing went wrong once: doubles of a SKU and of a supplier,
-- MAIN beside main, an offer without its id, a level of a person on a double, a sync that still runs.
CREATE SCHEMA app;
CREATE TABLE app.warehouses (id serial PRIMARY KEY, name text, code text);
INSERT INTO app.warehouses (name, code) VALUES ('a', 'EMAG-MAIN'), ('b', 'EMAG-FBE');
CREATE TABLE app.products (id serial PRIMARY KEY, sku text, name text, base_price float8);
INSERT INTO app.products (sku, name, base_price) VALUES ('AUR516', 'Lamp', 12.5), ('AUR516', 'again', NULL), ('B', 'b', 1);
CREATE TABLE app.suppliers (id serial PRIMARY KEY, name text, is_active boolean DEFAULT TRUE);
INSERT INTO app.suppliers (name) VALUES ('KEMEISING'), ('WANKE'), (' Kemeising'), ('TZT'), ('TZT-T');
CREATE TABLE app.supplier_products (
    id serial PRIMARY KEY, supplier_id integer REFERENCES app.suppliers, local_product_id integer REFERENCES app.products,
    manual_confirmed boolean, confirmed_by integer, confirmed_at timestamp, supplier_price float8
);
INSERT INTO app.supplier_products (supplier_id, local_product_id, manual_confirmed, confirmed_by, confirmed_at)
VALUES (3, 2, TRUE, 7, '2025-10-14 22:30'), (2, 1, FALSE, NULL, NULL);
CREATE TABLE app.product_supplier_sheets (
    id serial PRIMARY KEY, sku text, supplier_name text, price_cny float8, is_verified boolean
);
INSERT INTO app.product_supplier_sheets (sku, supplier_name, price_cny, is_verified)
VALUES ('AUR516', 'KEMEISING', 35.5, FALSE), ('AUR516', 'WANKE', 'NaN', TRUE), ('B', 'XINRUI', 2, FALSE);
CREATE TABLE app.inventory_items (
    id serial PRIMARY KEY, product_id integer, warehouse_id integer, quantity integer, reorder_point integer,
    manual_reorder_point integer
);
INSERT INTO app.inventory_items (product_id, warehouse_id, quantity, reorder_point, manual_reorder_point)
VALUES (1, 1, 5, 20, NULL), (2, 1, 5, 20, 33), (3, 9, 1, 1, 1);
CREATE TABLE app.purchase_orders (id serial PRIMARY KEY, order_number text, supplier_id integer, order_date timestamp,
    status text);
INSERT INTO app.purchase_orders (order_number, supplier_id, order_date, status)
VALUES ('PO-1', 3, '2025-10-14 00:30', 'delivered'), ('PO-2', 1, '2025-10-15', 'on the moon');
CREATE TABLE app.purchase_order_items (id serial PRIMARY KEY, purchase_order_id integer, local_product_id integer,
    quantity_ordered integer, quantity_received integer, unit_price float8, expected_delivery_date timestamp);
INSERT INTO app.purchase_order_items (purchase_order_id, local_product_id, quantity_ordered, quantity_received)
VALUES (1, 2, 40, 38), (2, 1, 40, NULL);
CREATE TABLE app.emag_products_v2 (id uuid PRIMARY KEY, emag_id varchar(50), sku text, name text, account_type text,
    price float8, stock_quantity integer, is_active boolean, last_synced_at timestamp, created_at timestamp);
INSERT INTO app.emag_products_v2 VALUES
(gen_random_uuid(), '5000000001', 'AUR516', 'old', 'MAIN', 30, 3, TRUE, '2025-10-13 10:00', '2025-10-01'),
('00000000-0000-0000-0000-000000000007', '5000000001', 'AUR516', 'new', 'main', 35.5, 4, TRUE, '2025-10-14 10:00', NULL),
(gen_random_uuid(), NULL, 'B', 'half', 'fbe', NULL, NULL, TRUE, NULL, NULL);
CREATE TABLE app.emag_product_offers_v2 (id uuid, emag_offer_id varchar(50), product_id uuid, sku text,
    account_type text, price float8, stock integer, status text, last_synced_at timestamp);
INSERT INTO app.emag_product_offers_v2 VALUES
(gen_random_uuid(), NULL, '00000000-0000-0000-0000-000000000007', NULL, 'Main', 35.5, 4, 'active', NULL),
(gen_random_uuid(), '77', gen_random_uuid(), 'B', 'fbe', NULL, NULL, NULL, NULL);
CREATE TABLE app.emag_sync_logs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), sync_type text, account_type text,
    operation text, status text, total_items integer, errors jsonb, started_at timestamp, completed_at timestamp);
INSERT INTO app.emag_sync_logs (sync_type, account_type, operation, status, total_items, errors, started_at, completed_at)
VALUES ('products', 'MAIN', 'full_sync', 'completed', 1275, NULL, '2025-10-14 10:00', '2025-10-14 10:03'),
('products', 'main', 'incremental', 'running', 0, '[{"error": "504"}]', '2025-10-14 11:00', NULL);
CREATE TABLE app.users (id serial PRIMARY KEY, name text);
INSERT INTO app.users (name) VALUES ('admin');
CREATE VIEW app.sync_status AS SELECT 'of the old program' AS said;
