-- The lines of orders that began as drafts, and those that were put off, with what their supplier asks for.
-- Parameter: ids.
WITH named AS (
    SELECT
        purchase_order_id,
        product_id
    FROM app.purchase_order_items
    WHERE purchase_order_id = any(%(ids)s::bigint[]) AND proposed_quantity IS NOT NULL
    UNION
    SELECT
        purchase_order_id,
        product_id
    FROM app.purchase_decisions
    WHERE purchase_order_id = any(%(ids)s::bigint[])
)

SELECT
    named.purchase_order_id,
    product.sku,
    named.product_id,
    line.id AS line_id,
    coalesce(line.quantity, decision.quantity) AS quantity,
    coalesce(line.proposed_quantity, decision.proposed_quantity) AS proposed_quantity,
    line.expected_on,
    CASE WHEN line.id IS NULL THEN decision.note ELSE line.note END AS note,
    decision.snoozed_until,
    decision.refused_because,
    decision.held_until,
    coalesce(offer.minimum_order_quantity, 1) AS moq,
    coalesce(offer.pack_size, 1) AS pack
FROM named
INNER JOIN app.purchase_orders AS purchase ON named.purchase_order_id = purchase.id
INNER JOIN app.products AS product ON named.product_id = product.id
LEFT JOIN app.purchase_order_items AS line
    ON
        named.purchase_order_id = line.purchase_order_id
        AND named.product_id = line.product_id
        AND line.proposed_quantity IS NOT NULL
LEFT JOIN app.purchase_decisions AS decision
    ON
        line.id IS NULL
        AND named.purchase_order_id = decision.purchase_order_id
        AND named.product_id = decision.product_id
LEFT JOIN app.supplier_names AS supplier ON purchase.supplier_id = supplier.supplier_id
LEFT JOIN app.supplier_offers AS offer
    ON
        product.sku = offer.sku
        AND supplier.canonical_id = offer.supplier_id
        AND purchase.shipping = offer.shipping
