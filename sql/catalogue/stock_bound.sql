-- The bound of stock for an incremental sync: the 99th percentile of reorder point + reserved; and how many offers are
-- known, and known to have no more. Parameter: account_type.

WITH usual AS (
    SELECT reorder_point FROM app.effective_levels(NULL, NULL, NULL)
),

item AS (
    SELECT
        offer.emag_id,
        -- An offer without inventory yet has the default.
        coalesce(levels.reorder_point + levels.reserved, (SELECT reorder_point FROM usual)) AS enough
    FROM app.emag_products_v2 AS offer
    LEFT JOIN app.stock_levels AS levels
        ON offer.sku = levels.sku AND offer.account_type = levels.account_type
    WHERE offer.account_type = %(account_type)s AND offer.is_active
),

interest AS (
    SELECT coalesce(percentile_disc(0.99) WITHIN GROUP (ORDER BY enough), (SELECT reorder_point FROM usual)) AS bound
    FROM item
)

SELECT
    (
        SELECT count(*) FROM app.emag_products_v2 AS known
        WHERE known.account_type = %(account_type)s AND known.removed_at IS NULL
    ) AS known,
    interest.bound,
    (
        SELECT count(*) FROM app.emag_products_v2 AS known
        WHERE
            known.account_type = %(account_type)s
            AND known.removed_at IS NULL
            AND app.known_stock(known.general_stock, known.stock_quantity, known.stock_above) <= interest.bound
    ) AS low,
    (
        SELECT count(*) FROM app.emag_sync_logs AS log
        WHERE log.account_type = %(account_type)s AND log.sync_type = 'products' AND log.is_complete
    ) > 0 AS has_complete
FROM interest;
