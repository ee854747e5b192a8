-- Lines of the last 90 days whose pieces cannot be counted: their order has no day, or they have no status, no quantity,
-- or more pieces than anybody orders.
SELECT
    sold.account_type,
    sold.order_id,
    line.line_id,
    sold.ordered_at,
    line.status,
    line.quantity,
    line.initial_qty,
    line.storno_qty
FROM app.emag_orders AS sold
INNER JOIN app.emag_order_lines AS line
    ON sold.account_type = line.account_type AND sold.order_id = line.order_id
WHERE
    sold.account_type = any(%(accounts)s)
    AND (sold.ordered_at IS NULL OR sold.ordered_at > now() - interval '90 days')
    AND sold.status IS DISTINCT FROM 0
    AND line.status IS DISTINCT FROM 0
    AND (
        sold.ordered_at IS NULL
        OR line.status IS DISTINCT FROM 1
        OR (line.quantity IS NULL AND line.initial_qty IS NULL)
        OR greatest(line.quantity, line.initial_qty, line.storno_qty) >= 1000000000
    )
ORDER BY sold.account_type, sold.ordered_at DESC, sold.order_id, line.line_id
