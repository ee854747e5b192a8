-- Marks the account's inventory as stale. Parameter: account_type.
INSERT INTO app.input_changes (name, account_type, table_name)
VALUES ('inventory_items', %(account_type)s, 'emag_products_v2');
