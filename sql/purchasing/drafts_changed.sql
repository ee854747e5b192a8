-- Lines as they are proposed now; of those that a person edited only what is proposed.
UPDATE app.purchase_order_items AS line
SET
    quantity = CASE WHEN line.edited_at IS NULL THEN wanted.quantity ELSE line.quantity END,
    unit_price = CASE WHEN line.edited_at IS NULL THEN wanted.unit_price ELSE line.unit_price END,
    proposed_quantity = wanted.quantity
FROM drafts_wanted AS wanted
WHERE
    line.purchase_order_id = wanted.purchase_order_id
    AND line.product_id = wanted.product_id
    AND line.proposed_quantity IS NOT NULL
    AND (
        line.proposed_quantity <> wanted.quantity
        OR (
            line.edited_at IS NULL
            AND (line.quantity, line.unit_price) IS DISTINCT FROM (wanted.quantity, wanted.unit_price)
        )
    )
RETURNING
    line.purchase_order_id,
    line.edited_at IS NOT NULL AS is_kept
