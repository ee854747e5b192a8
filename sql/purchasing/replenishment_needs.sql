-- The rows of replenishment_needs.
WITH moved AS (
    SELECT
        to_account,
        sku,
        sum(quantity)::bigint AS quantity
    FROM planned_transfers
    GROUP BY to_account, sku
)

SELECT
    want.account_type,
    want.sku,
    want.available,
    want.on_order,
    want.overdue,
    want.overdue_since,
    want.given_up,
    want.in_transfer,
    want.sent_away,
    want.next_arrival,
    want.arrivals,
    want.gap_days,
    -- What earns nothing, or cannot be sold, loses nothing by being out of stock.
    CASE
        WHEN NOT want.is_sellable AND want.gap_days IS NOT NULL THEN 0
        ELSE round(want.gap_days * want.daily * greatest(want.margin, 0 * want.margin), 2)
    END AS ron_lost_before_arrival,
    want.raw_quantity,
    coalesce(moved.quantity, 0) AS transfer_quantity,
    nullif(
        concat_ws('; ', want.blocked, CASE WHEN want.raw_quantity > coalesce(moved.quantity, 0) THEN want.hold END), ''
    ) AS blocked,
    want.runs_out_on,
    want.order_by_date,
    nullif(
        concat_ws(
            '; ',
            CASE WHEN want.overdue > 0 THEN 'order_overdue' END,
            CASE WHEN want.given_up > 0 THEN 'order_given_up' END,
            CASE WHEN want.is_transfer_late THEN 'transfer_overdue' END,
            CASE WHEN want.closed_days_next_review > 0 AND want.daily > 0 THEN 'supplier_closed' END,
            CASE WHEN want.order_anyway THEN want.objections END
        ),
        ''
    ) AS flags
FROM planned_wants AS want
LEFT JOIN moved ON want.account_type = moved.to_account AND want.sku = moved.sku
