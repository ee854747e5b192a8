-- Offers that a read of all with at most `bound` pieces excludes: first those whose reorder point is higher, then those
-- that were low and are missing; in each group the least recently asked for first.
-- Parameters: account_type, sync_log_id, bound, budget.

WITH item AS (
    SELECT
        offer.emag_id,
        greatest(offer.last_synced_at, offer.stock_asked_at) AS asked_at,
        -- An offer without inventory yet has the default.
        coalesce(
            levels.reorder_point + levels.reserved,
            (SELECT usual.reorder_point FROM app.effective_levels(NULL, NULL, NULL) AS usual)
        ) AS enough
    FROM app.emag_products_v2 AS offer
    LEFT JOIN app.stock_levels AS levels
        ON offer.sku = levels.sku AND offer.account_type = levels.account_type
    WHERE
        offer.account_type = %(account_type)s
        AND offer.is_active
        AND offer.last_sync_id IS DISTINCT FROM %(sync_log_id)s -- not those just read
)

SELECT emag_id
FROM (
    SELECT
        emag_id,
        asked_at,
        1 AS turn
    FROM item
    WHERE enough > %(bound)s
    UNION ALL
    SELECT
        offer.emag_id,
        greatest(offer.last_synced_at, offer.stock_asked_at) AS asked_at,
        2 AS turn
    FROM app.emag_products_v2 AS offer
    WHERE
        offer.account_type = %(account_type)s
        AND offer.removed_at IS NULL
        AND offer.stock_above IS NOT NULL
        AND offer.emag_id NOT IN (SELECT high.emag_id FROM item AS high WHERE high.enough > %(bound)s)
) AS due
ORDER BY turn, asked_at, emag_id
LIMIT %(budget)s;
