-- What is on its way to each warehouse, by the day on which it should be there. purchasing/needs.py explains the rules.
CREATE TEMP TABLE planned_arrivals ON COMMIT DROP AS
WITH today AS (
    SELECT (now() AT TIME ZONE 'Europe/Bucharest')::date AS day
),

usual AS ( -- the supplier's lead time for the SKU, by the way of shipping that he is chosen for
    SELECT DISTINCT ON (sku, supplier_id)
        sku,
        supplier_id,
        lead_time_days
    FROM app.supplier_offers
    ORDER BY sku, supplier_id, rank
),

item AS (
    SELECT
        warehouse_id,
        sku,
        max(lead_days) AS lead_days
    FROM planned_items
    GROUP BY warehouse_id, sku
),

expected AS (
    SELECT
        line.warehouse_id,
        line.sku,
        line.quantity,
        FALSE AS is_transfer,
        coalesce(
            line.expected_on,
            least(
                (
                    coalesce(app.sound_time(purchase.ordered_at), app.sound_time(purchase.created_at), now())
                    AT TIME ZONE 'Europe/Bucharest'
                )::date,
                today.day
            ) + ceil(coalesce(usual.lead_time_days, item.lead_days))::integer
        ) AS due_on
    FROM app.open_order_lines AS line
    INNER JOIN app.purchase_orders AS purchase ON line.purchase_order_id = purchase.id
    INNER JOIN item ON line.warehouse_id = item.warehouse_id AND line.sku = item.sku
    LEFT JOIN app.supplier_names AS supplier ON purchase.supplier_id = supplier.supplier_id
    LEFT JOIN usual ON supplier.canonical_id = usual.supplier_id AND line.sku = usual.sku
    CROSS JOIN today
    WHERE line.quantity > 0
    UNION ALL
    SELECT
        item.warehouse_id,
        transfer.sku,
        transfer.quantity,
        TRUE AS is_transfer,
        coalesce(app.sound_day(transfer.expected_on), transfer.sent_on + %(inbound_days)s) AS due_on
    FROM app.stock_transfers AS transfer
    INNER JOIN app.configured_accounts AS account ON transfer.to_account = account.account_type
    INNER JOIN app.warehouses AS warehouse ON account.warehouse = warehouse.code
    INNER JOIN item ON warehouse.id = item.warehouse_id AND transfer.sku = item.sku
    WHERE transfer.received_on IS NULL
)

SELECT
    expected.warehouse_id,
    expected.sku,
    expected.is_transfer,
    expected.due_on,
    -- What is late is expected as much later as it is late already; what is late for too long is not expected at all.
    today.day + abs(expected.due_on - today.day) AS arrives_on,
    expected.due_on < today.day AS is_late,
    coalesce(today.day - expected.due_on <= %(late_order_days)s, TRUE) AS counts,
    sum(expected.quantity)::bigint AS quantity
FROM expected
CROSS JOIN today
GROUP BY expected.warehouse_id, expected.sku, expected.is_transfer, expected.due_on, today.day;
ANALYZE planned_arrivals;
