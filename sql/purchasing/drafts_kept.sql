-- Lines that a person edited, which stay as they are: of the drafts that are asked for, and of others that have what is
-- wanted here. Proposed: pieces that are proposed now.
SELECT
    purchase.draft_key AS draft_number,
    product.sku,
    line.quantity,
    coalesce(wanted.quantity, 0) AS proposed_quantity,
    coalesce(wanted.purchase_order_id <> line.purchase_order_id, FALSE) AS is_elsewhere
FROM app.purchase_order_items AS line
INNER JOIN drafts_open AS known ON line.purchase_order_id = known.id
INNER JOIN app.purchase_orders AS purchase ON line.purchase_order_id = purchase.id
INNER JOIN app.products AS product ON line.product_id = product.id
LEFT JOIN drafts_wanted AS wanted ON line.product_id = wanted.product_id
WHERE
    line.proposed_quantity IS NOT NULL
    AND line.edited_at IS NOT NULL
    AND (known.is_asked_for OR wanted.product_id IS NOT NULL)
ORDER BY purchase.id, product.sku
