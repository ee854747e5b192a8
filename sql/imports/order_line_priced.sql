-- The price of a line of a draft at its quantity; none where it is in another currency than the order.
-- Parameters: purchase_order_id, product_id.
WITH priced AS (
    SELECT
        line.id,
        CASE WHEN cost.currency = purchase.currency THEN cost.unit_price END AS unit_price
    FROM app.purchase_order_items AS line
    INNER JOIN app.purchase_orders AS purchase ON line.purchase_order_id = purchase.id
    INNER JOIN app.products AS product ON line.product_id = product.id
    INNER JOIN app.supplier_names AS supplier ON purchase.supplier_id = supplier.supplier_id
    CROSS JOIN
        LATERAL app.landed_unit_cost(product.sku, supplier.canonical_id, purchase.shipping, line.quantity) AS cost
    WHERE
        line.purchase_order_id = %(purchase_order_id)s
        AND line.product_id = %(product_id)s
        AND line.proposed_quantity IS NOT NULL
)

UPDATE app.purchase_order_items AS line SET unit_price = priced.unit_price
FROM priced
WHERE line.id = priced.id AND line.unit_price IS DISTINCT FROM priced.unit_price
