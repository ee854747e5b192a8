-- The open drafts of orders, what waiting costs most first, with the rate that their RON are counted by.
-- Parameters: orders, null for all.
SELECT
    draft.*, -- noqa: AM04, its columns are those of the view
    rate.ron AS rate,
    rate.rate_date
FROM app.draft_orders AS draft
LEFT JOIN app.current_rates AS rate ON draft.currency = rate.currency
WHERE %(orders)s::bigint[] IS NULL OR draft.purchase_order_id = any(%(orders)s)
ORDER BY draft.ron_at_risk_per_day DESC NULLS LAST, draft.supplier_name, draft.draft_number;
