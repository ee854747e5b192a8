-- Orders whose status is none of 0 to 5: they are stored as they came, and nobody knows whether they count.
SELECT
    account_type,
    status,
    count(*) AS orders,
    max(order_id) AS newest_order_id
FROM app.emag_orders
WHERE account_type = any(%(accounts)s) AND (status IS NULL OR status NOT BETWEEN 0 AND 5)
GROUP BY account_type, status
ORDER BY account_type, status;
