-- A price in CNY that holds from the first piece on takes the place of a price break from the first piece on.
DELETE FROM app.supplier_price_breaks AS price
WHERE
    price.minimum_quantity = 1
    AND (price.supplier_id, price.sku) IN (
        SELECT
            incoming.supplier_id::bigint AS supplier_id,
            incoming.sku
        FROM incoming
        WHERE incoming.price IS NOT NULL AND incoming.currency = 'CNY' AND incoming.minimum_quantity IS NULL
    );
