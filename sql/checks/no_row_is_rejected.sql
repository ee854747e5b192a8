-- Rows of each account's newest sync that could not be stored, and why.
SELECT
    rejected.account_type,
    rejected.page,
    rejected.emag_offer_id,
    rejected.reason
FROM app.emag_rejected_offers AS rejected
WHERE
    rejected.sync_log_id = (
        SELECT max(newest.id)
        FROM app.emag_sync_logs AS newest
        WHERE newest.account_type = rejected.account_type AND newest.sync_type = 'products'
    )
    AND rejected.account_type = any(%(accounts)s)
ORDER BY rejected.account_type, rejected.id;
