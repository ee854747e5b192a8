-- Lines that are new. What was put off of the same draft until a day that has come is proposed again.
WITH again AS (
    DELETE FROM app.purchase_decisions AS decision
    USING drafts_wanted AS wanted
    WHERE
        decision.purchase_order_id = wanted.purchase_order_id
        AND decision.product_id = wanted.product_id
)

INSERT INTO app.purchase_order_items (purchase_order_id, product_id, quantity, unit_price, proposed_quantity)
SELECT
    wanted.purchase_order_id,
    wanted.product_id,
    wanted.quantity,
    wanted.unit_price,
    wanted.quantity AS proposed_quantity
FROM drafts_wanted AS wanted
WHERE
    NOT EXISTS (
        SELECT FROM app.purchase_order_items AS line
        WHERE
            line.purchase_order_id = wanted.purchase_order_id
            AND line.product_id = wanted.product_id
            AND line.proposed_quantity IS NOT NULL
    )
ORDER BY wanted.purchase_order_id, wanted.sku
RETURNING purchase_order_id
