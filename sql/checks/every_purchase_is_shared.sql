-- Purchases whose shares do not add up to them, and shares without a purchase: build the proposals again (asset
-- reorder_proposals).
WITH shared AS (
    SELECT
        sku,
        sum(quantity) AS quantity
    FROM app.reorder_shares
    GROUP BY sku
)

SELECT
    sku,
    purchase.quantity,
    shared.quantity AS quantity_shared
FROM app.reorder_proposals AS purchase
FULL JOIN shared USING (sku)
WHERE purchase.quantity IS DISTINCT FROM shared.quantity
ORDER BY sku;
