-- For which accounts each line is, as it is proposed now: those that lack it get its pieces on order.
WITH part AS (
    SELECT
        wanted.purchase_order_id,
        wanted.product_id,
        share.account_type,
        share.quantity
    FROM drafts_wanted AS wanted
    INNER JOIN app.reorder_shares AS share ON wanted.sku = share.sku AND share.quantity > 0
),

gone AS (
    DELETE FROM app.purchase_order_shares AS stored
    USING drafts_wanted AS wanted
    WHERE
        stored.purchase_order_id = wanted.purchase_order_id
        AND stored.product_id = wanted.product_id
        AND NOT EXISTS (
            SELECT FROM part
            WHERE
                part.purchase_order_id = stored.purchase_order_id
                AND part.product_id = stored.product_id
                AND part.account_type = stored.account_type
        )
)

INSERT INTO app.purchase_order_shares AS stored (purchase_order_id, product_id, account_type, quantity)
SELECT
    part.purchase_order_id,
    part.product_id,
    part.account_type,
    part.quantity
FROM part
WHERE
    NOT EXISTS (
        SELECT FROM app.purchase_order_shares AS known
        WHERE
            known.purchase_order_id = part.purchase_order_id
            AND known.product_id = part.product_id
            AND known.account_type = part.account_type
            AND known.quantity = part.quantity
    )
ON CONFLICT (purchase_order_id, product_id, account_type) DO UPDATE SET quantity = excluded.quantity
