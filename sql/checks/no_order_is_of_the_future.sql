-- Orders of the future, and orders without a usable time: they are of no day, so no demand counts them right.
SELECT
    account_type,
    order_id,
    order_type,
    ordered_at,
    created_at AS first_seen_at
FROM app.emag_orders
WHERE account_type = any(%(accounts)s) AND (ordered_at > now() + interval '15 minutes' OR ordered_at IS NULL)
ORDER BY account_type, order_id;
