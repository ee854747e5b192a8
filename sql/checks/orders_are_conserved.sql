-- Windows of orders whose numbers do not add up: rows received and what became of them, orders announced and received
-- of one that was read whole, orders received and stored of one that the newest sync read.
WITH newest AS (
    SELECT
        account_type,
        max(id) AS sync_log_id
    FROM app.emag_sync_logs
    WHERE sync_type = 'orders' AND account_type = any(%(accounts)s)
    GROUP BY account_type
),

counted AS (
    SELECT
        w.*,
        w.created_items::bigint + w.updated_items + w.unchanged_items + w.failed_items + w.duplicate_items AS accounted,
        CASE
            WHEN w.axis = 'created' AND w.sync_log_id = newest.sync_log_id THEN (
                SELECT count(*) FROM app.emag_orders AS sold
                WHERE
                    sold.account_type = w.account_type
                    AND (
                        -- A day more on both sides, for a platform whose times are of another zone.
                        sold.ordered_at BETWEEN w.asked_from - interval '1 day' AND w.asked_to + interval '1 day'
                        OR sold.ordered_at IS NULL
                    )
            )
        END AS stored
    FROM app.emag_order_windows AS w
    INNER JOIN newest USING (account_type)
)

SELECT
    account_type,
    order_type,
    axis,
    starts_at,
    ends_at,
    total_items AS announced,
    processed_items AS fetched,
    accounted,
    distinct_items AS received,
    stored
FROM counted
WHERE
    processed_items <> accounted
    OR (error IS NULL AND read_at IS NOT NULL AND total_items > distinct_items)
    OR stored < distinct_items - failed_items
ORDER BY account_type, starts_at, order_type, axis;
