-- The lines of drafts, in the order of the drafts, of each what waiting costs most first. Parameters: orders.
SELECT * -- noqa: AM04, its columns are those of the view
FROM app.draft_order_lines
WHERE purchase_order_id = any(%(orders)s)
ORDER BY
    array_position(%(orders)s, purchase_order_id),
    ron_at_risk_per_day DESC NULLS LAST,
    order_by_date,
    sku;
