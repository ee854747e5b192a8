-- A person accepts that more than half of an account's offers are gone. Parameters: account_type, accepted_by.
UPDATE app.emag_accounts AS account
SET removal_accepted_at = now(), removal_accepted_by = %(accepted_by)s
FROM (
    SELECT held_back_items
    FROM app.emag_sync_logs
    WHERE account_type = %(account_type)s AND sync_type = 'products' AND is_complete
    ORDER BY id DESC
    LIMIT 1
) AS newest
WHERE account.account_type = %(account_type)s AND newest.held_back_items > 0
RETURNING newest.held_back_items;
