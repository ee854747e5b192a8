-- Resets an accepted removal: it is valid once. Parameter: account_type.
UPDATE app.emag_accounts
SET removal_accepted_at = NULL, removal_accepted_by = NULL
WHERE account_type = %(account_type)s;
