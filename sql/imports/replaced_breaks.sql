-- A price in CNY that holds from the first piece on takes the place of a price break from the first piece on, and a row
-- that says of its price that there is none ends the break from its quantity on.
DELETE FROM app.supplier_price_breaks AS price
WHERE
    (price.supplier_id, price.sku, price.minimum_quantity) IN (
        SELECT
            incoming.supplier_id::bigint AS supplier_id,
            incoming.sku,
            coalesce(incoming.minimum_quantity, '1')::bigint AS minimum_quantity
        FROM incoming
        WHERE 'price' = any(incoming.taken_away)
    )
    OR price.minimum_quantity = 1
    AND (price.supplier_id, price.sku) IN (
        SELECT
            incoming.supplier_id::bigint AS supplier_id,
            incoming.sku
        FROM incoming
        WHERE incoming.price IS NOT NULL AND incoming.currency = 'CNY' AND incoming.minimum_quantity IS NULL
    );
