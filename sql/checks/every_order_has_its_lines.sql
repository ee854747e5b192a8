-- Orders that are not cancelled and that eMAG never sent with products: their demand is not known.
SELECT
    sold.account_type,
    sold.order_id,
    sold.order_type,
    sold.status,
    sold.ordered_at
FROM app.emag_orders AS sold
WHERE
    sold.account_type = any(%(accounts)s)
    AND sold.status IS DISTINCT FROM 0
    AND NOT EXISTS (
        SELECT FROM app.emag_order_lines AS line
        WHERE line.account_type = sold.account_type AND line.order_id = sold.order_id
    )
ORDER BY sold.account_type, sold.ordered_at DESC;
