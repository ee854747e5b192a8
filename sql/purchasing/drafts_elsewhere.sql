-- What a person edited on another draft stays there.
DELETE FROM drafts_wanted AS wanted
USING app.purchase_order_items AS line, drafts_open AS known
WHERE
    line.product_id = wanted.product_id
    AND line.purchase_order_id = known.id
    AND line.purchase_order_id <> wanted.purchase_order_id
    AND line.proposed_quantity IS NOT NULL
    AND line.edited_at IS NOT NULL
