-- Lines that nobody edited and that are no longer proposed, or now from somebody else.
DELETE FROM app.purchase_order_items AS line
USING drafts_open AS known
WHERE
    line.purchase_order_id = known.id
    AND line.proposed_quantity IS NOT NULL
    AND line.edited_at IS NULL
    AND CASE
        WHEN known.is_asked_for
            THEN NOT EXISTS (
                SELECT FROM drafts_wanted AS wanted
                WHERE wanted.purchase_order_id = line.purchase_order_id AND wanted.product_id = line.product_id
            )
        ELSE EXISTS (SELECT FROM drafts_wanted AS wanted WHERE wanted.product_id = line.product_id)
    END
RETURNING line.purchase_order_id
