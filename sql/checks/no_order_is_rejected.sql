-- Orders, or lines of them, of each account's newest sync of orders that could not be stored, and why.
SELECT
    rejected.account_type,
    rejected.order_type,
    rejected.order_id,
    rejected.line_number,
    rejected.reason
FROM app.emag_rejected_orders AS rejected
WHERE
    rejected.sync_log_id = (
        SELECT max(newest.id)
        FROM app.emag_sync_logs AS newest
        WHERE newest.account_type = rejected.account_type AND newest.sync_type = 'orders'
    )
    AND rejected.account_type = any(%(accounts)s)
ORDER BY rejected.account_type, rejected.id;
