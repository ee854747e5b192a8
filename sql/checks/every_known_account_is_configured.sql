-- Accounts with offers here that EMAG_ACCOUNTS does not name: only their history is kept, they take no part in stock,
-- report and orders.
SELECT
    account.account_type,
    account.marketplace,
    account.username,
    (
        SELECT max(log.completed_at) FROM app.emag_sync_logs AS log
        WHERE log.account_type = account.account_type AND log.sync_type = 'products'
    ) AS last_sync_at
FROM app.emag_accounts AS account
WHERE
    account.account_type <> all(%(accounts)s)
    AND EXISTS (SELECT FROM app.emag_products_v2 AS offer WHERE offer.account_type = account.account_type)
ORDER BY account.account_type;
