-- The account's inventory has to be built again, whoever does it. Parameter: account_type.
UPDATE app.emag_accounts
SET inventory_sync_id = NULL
WHERE account_type = %(account_type)s;
