-- What each account lacks, before transfers. purchasing/needs.py has the same rules in Python and explains them; a test
-- compares the two.
CREATE TEMP TABLE planned_needs ON COMMIT DROP AS
WITH today AS (
    SELECT (now() AT TIME ZONE 'Europe/Bucharest')::date AS day
),

coming AS (
    SELECT
        warehouse_id,
        sku,
        coalesce(sum(quantity) FILTER (WHERE counts AND NOT is_transfer), 0)::bigint AS on_order,
        coalesce(sum(quantity) FILTER (WHERE is_late AND NOT is_transfer), 0)::bigint AS overdue,
        coalesce(sum(quantity) FILTER (WHERE NOT counts AND NOT is_transfer), 0)::bigint AS given_up,
        coalesce(sum(quantity) FILTER (WHERE counts AND is_transfer), 0)::bigint AS in_transfer,
        coalesce(bool_or(is_late) FILTER (WHERE is_transfer), FALSE) AS is_transfer_late,
        min(due_on) FILTER (WHERE is_late AND NOT is_transfer) AS overdue_since,
        min(arrives_on) FILTER (WHERE counts) AS next_arrival
    FROM planned_arrivals
    GROUP BY warehouse_id, sku
),

-- Until the stock of the sender was read again, it shows the pieces that have left.
sent AS (
    SELECT
        item.warehouse_id,
        item.sku,
        sum(transfer.quantity)::bigint AS quantity
    FROM app.stock_transfers AS transfer
    INNER JOIN planned_items AS item ON transfer.from_account = item.account_type AND transfer.sku = item.sku
    WHERE
        item.stock_read_at
        < greatest(transfer.created_at, transfer.sent_on::timestamp AT TIME ZONE 'Europe/Bucharest')
    GROUP BY item.warehouse_id, item.sku
),

dated AS (
    SELECT
        warehouse_id,
        sku,
        arrives_on,
        sum(quantity) AS quantity
    FROM planned_arrivals
    WHERE counts
    GROUP BY warehouse_id, sku, arrives_on
),

told AS (
    SELECT
        warehouse_id,
        sku,
        string_agg(coalesce(arrives_on::text, '?') || ' ' || quantity, '; ' ORDER BY arrives_on) AS arrivals
    FROM dated
    GROUP BY warehouse_id, sku
),

-- A stock that falls by `daily` a day, never below 0, and rises with each arrival: up to an arrival, the pieces that
-- could not be sold are the largest lack before any arrival so far (the reflection of a process at 0).
arrival AS (
    SELECT
        item.account_type,
        item.sku,
        item.lead_days,
        dated.arrives_on - today.day AS days,
        dated.quantity,
        item.daily,
        greatest(item.available - coalesce(sent.quantity, 0), 0) AS available,
        sum(dated.quantity) OVER earlier AS arrived_before
    FROM planned_items AS item
    INNER JOIN dated ON item.warehouse_id = dated.warehouse_id AND item.sku = dated.sku
    LEFT JOIN sent ON item.warehouse_id = sent.warehouse_id AND item.sku = sent.sku
    CROSS JOIN today
    WHERE item.daily > 0 AND dated.arrives_on IS NOT NULL
    WINDOW
        earlier AS (
            PARTITION BY item.account_type, item.sku
            ORDER BY dated.arrives_on
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
),

lost AS (
    SELECT
        *,
        greatest(0, max(daily * days - available - coalesce(arrived_before, 0)) OVER so_far) AS pieces
    FROM arrival
    WINDOW so_far AS (PARTITION BY account_type, sku ORDER BY days)
),

gap AS (
    SELECT
        *,
        pieces - coalesce(lag(pieces) OVER (PARTITION BY account_type, sku ORDER BY days), 0) AS more
    FROM lost
),

-- The first day without stock that an order of today, or a later one, can still prevent.
preventable AS (
    SELECT
        account_type,
        sku,
        coalesce(
            -- Numbers first, or the quotient would have few places.
            min((days * daily - more)::numeric(40, 20) / daily) FILTER (WHERE more > 0 AND days > lead_days),
            (max(available) + sum(quantity) + max(pieces))::numeric(40, 20) / max(daily)
        ) AS days
    FROM gap
    GROUP BY account_type, sku
),

fact AS (
    SELECT
        item.*,
        coalesce(coming.on_order, 0) AS on_order,
        coalesce(coming.overdue, 0) AS overdue,
        coalesce(coming.given_up, 0) AS given_up,
        coalesce(coming.in_transfer, 0) AS in_transfer,
        coalesce(coming.is_transfer_late, FALSE) AS is_transfer_late,
        coming.overdue_since,
        coming.next_arrival,
        told.arrivals,
        coalesce(sent.quantity, 0) AS sent_away,
        greatest(item.available - coalesce(sent.quantity, 0), 0)::numeric(40, 20) AS to_sell,
        item.available - coalesce(sent.quantity, 0) + coalesce(coming.on_order, 0) + coalesce(coming.in_transfer, 0)
            AS position,
        preventable.days AS preventable_days
    FROM planned_items AS item
    LEFT JOIN coming ON item.warehouse_id = coming.warehouse_id AND item.sku = coming.sku
    LEFT JOIN told ON item.warehouse_id = told.warehouse_id AND item.sku = told.sku
    LEFT JOIN sent ON item.warehouse_id = sent.warehouse_id AND item.sku = sent.sku
    LEFT JOIN preventable ON item.account_type = preventable.account_type AND item.sku = preventable.sku
)

SELECT
    fact.*, -- noqa: AM04, all that is known
    need.raw_quantity,
    round(need.gap_days, 2) AS gap_days,
    need.runs_out_on,
    -- The function has a subquery, and so is called: not where its answer is a subtraction.
    CASE
        WHEN closing.closed IS NULL AND everyone.closed IS NULL
            THEN need.runs_out_on - ceil(fact.open_days)::integer
        ELSE app.order_by(need.runs_out_on, fact.open_days, coalesce(closing.closed, everyone.closed))
    END AS order_by_date
FROM fact
CROSS JOIN today
LEFT JOIN app.supplier_closed_days AS closing ON fact.supplier_id = closing.supplier_id
CROSS JOIN app.closed_for_all AS everyone
CROSS JOIN
    LATERAL ( -- noqa: ST05, of the row
        SELECT
            app.raw_need(
                stock => fact.position,
                available => fact.available - fact.sent_away,
                reorder_point => fact.reorder_point,
                maximum => fact.maximum,
                source => fact.source,
                problem => fact.problem,
                quantity_set => fact.reorder_quantity_set,
                is_unread => fact.is_unread,
                is_ordered_elsewhere => fact.is_ordered_elsewhere
            ) AS raw_quantity,
            CASE
                WHEN NOT fact.is_unread AND fact.lead_days IS NOT NULL AND fact.daily IS NOT NULL
                    THEN greatest( -- leaves a null out: there is no gap at a demand of 0
                        0,
                        least(fact.next_arrival - today.day, fact.lead_days)
                        - fact.to_sell / nullif(fact.daily, 0)
                    )
            END AS gap_days,
            CASE
                WHEN lasts.days <= 3650 AND NOT fact.is_unread THEN today.day + floor(lasts.days)::integer
            END AS runs_out_on
        FROM (SELECT coalesce(fact.preventable_days, fact.to_sell / nullif(fact.daily, 0))) AS lasts (days)
    ) AS need;
ANALYZE planned_needs (account_type, sku);
