-- What came of orders that began as drafts, by receipts that name their number: the pieces received of each line, and
-- with them the status of the order. The sum of all receipts counts, so that a file may be imported again.
WITH named AS (
    SELECT DISTINCT
        purchase.id AS purchase_order_id,
        product.id AS product_id,
        product.sku,
        supplier.canonical_id,
        purchase.draft_key
    FROM incoming
    INNER JOIN app.purchase_orders AS purchase
        ON upper(regexp_replace(incoming.reference, '[\s#-]', '', 'g')) = purchase.draft_key
    INNER JOIN app.products AS product ON incoming.sku = product.sku
    INNER JOIN app.supplier_names AS supplier ON purchase.supplier_id = supplier.supplier_id
    WHERE purchase.status IN ('sent', 'confirmed', 'partially_received', 'received')
),

came AS (
    SELECT
        named.purchase_order_id,
        named.product_id,
        least(sum(receipt.quantity), 1000000000)::bigint AS quantity
    FROM named
    INNER JOIN app.supplier_receipts AS receipt
        ON
            named.sku = receipt.sku
            AND upper(regexp_replace(receipt.reference, '[\s#-]', '', 'g')) = named.draft_key
    INNER JOIN app.supplier_names AS sender
        ON receipt.supplier_id = sender.supplier_id AND named.canonical_id = sender.canonical_id
    GROUP BY named.purchase_order_id, named.product_id
),

received AS (
    UPDATE app.purchase_order_items AS line SET received_quantity = came.quantity
    FROM came
    WHERE
        line.purchase_order_id = came.purchase_order_id
        AND line.product_id = came.product_id
        AND line.proposed_quantity IS NOT NULL
        AND line.received_quantity IS DISTINCT FROM came.quantity
    RETURNING
        line.id,
        line.purchase_order_id
),

state AS (
    SELECT
        line.purchase_order_id,
        CASE
            WHEN bool_and(coalesce(came.quantity, line.received_quantity, 0) >= line.quantity) THEN 'received'
            ELSE 'partially_received'
        END AS status
    FROM app.purchase_order_items AS line
    LEFT JOIN came
        ON
            line.purchase_order_id = came.purchase_order_id
            AND line.product_id = came.product_id
            AND line.proposed_quantity IS NOT NULL
    WHERE line.purchase_order_id IN (SELECT it.purchase_order_id FROM received AS it)
    GROUP BY line.purchase_order_id
)

UPDATE app.purchase_orders AS purchase SET status = state.status
FROM state
WHERE purchase.id = state.purchase_order_id AND purchase.status <> state.status
