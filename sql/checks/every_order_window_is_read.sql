-- Gaps in an account's orders, with their dates: what was not read whole for three intervals of the schedule, and days
-- without an order where the four weeks before have ten a day or more.
SELECT
    account_type,
    kind,
    order_type,
    axis,
    starts_at,
    ends_at,
    reason
FROM app.order_gaps
WHERE account_type = any(%(accounts)s) AND (kind = 'no order' OR minutes > 3 * %(interval)s)
ORDER BY account_type, starts_at DESC, order_type, axis;
