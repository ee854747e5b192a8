-- Ends a reading of a window: the watermark moves only when it was read whole. The builds after a back-fill are planned
-- for its orders.
-- Parameters: account_type, order_type, axis, starts_at, reads_to (null: not whole), total_items, distinct_items,
-- error.
WITH ended AS (
    UPDATE app.emag_order_windows
    SET
        read_to = coalesce(%(reads_to)s, read_to),
        read_at = CASE WHEN %(reads_to)s::timestamptz IS NULL THEN read_at ELSE clock_timestamp() END,
        total_items = %(total_items)s,
        distinct_items = %(distinct_items)s,
        error = %(error)s
    WHERE
        account_type = %(account_type)s
        AND order_type = %(order_type)s
        AND axis = %(axis)s
        AND starts_at = %(starts_at)s
)

SELECT app.analyze_grown('app.emag_orders', 'app.emag_order_lines')
