-- The windows of an account. Parameters: account_type.
SELECT
    order_type,
    axis,
    starts_at,
    ends_at,
    read_to,
    read_at,
    error IS NOT NULL AS has_failed
FROM app.emag_order_windows
WHERE account_type = %(account_type)s;
