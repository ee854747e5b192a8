-- The account's inventory has to be built again, whoever does it. Parameter: account_type.
INSERT INTO app.input_changes (name, account_type, table_name)
VALUES ('inventory_items', %(account_type)s, 'emag_products_v2');
