-- What may fill the order of a supplier: his SKUs in it, and those that he is chosen for at a usual quantity and that
-- nothing is lacking of. purchasing/packs.py takes the next packs.
SELECT
    need.sku,
    coalesce(purchase.quantity, 0) AS taken,
    offer.minimum_order_quantity AS least,
    offer.pack_size AS pack,
    need.most,
    cost.landed_unit_cost_ron AS cost,
    cost.unit_price * cost.rate AS price,
    need.margin,
    need.stock,
    need.mean,
    need.variance
FROM planned_skus AS need
LEFT JOIN planned_purchases AS purchase ON need.sku = purchase.sku
INNER JOIN app.supplier_offers AS offer
    ON
        need.sku = offer.sku
        AND offer.supplier_id = %(supplier_id)s
        AND offer.shipping = %(shipping)s
        AND CASE
            WHEN purchase.sku IS NULL THEN offer.rank = 1
            ELSE purchase.supplier_id = offer.supplier_id AND purchase.shipping = offer.shipping
        END
CROSS JOIN
    LATERAL app.landed_unit_cost(
        offer.sku,
        offer.supplier_id,
        offer.shipping,
        greatest(app.rounded_quantity(1, offer.minimum_order_quantity, offer.pack_size), purchase.quantity)
    ) AS cost
WHERE
    cost.landed_unit_cost_ron > 0
    AND need.margin > 0
    AND need.mean > 0
    AND need.variance IS NOT NULL
    AND need.most IS NOT NULL
ORDER BY need.sku;
