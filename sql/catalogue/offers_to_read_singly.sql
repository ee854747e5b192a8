-- Offers that a read of all with at most `bound` pieces excludes: first those whose reorder point is higher, then those
-- that were low and are missing; in each group the least recently asked for first.
-- Parameters: account_type, sync_log_id, bound, budget.

WITH due AS (
    SELECT
        offer.emag_id,
        greatest(offer.last_synced_at, offer.stock_asked_at) AS asked_at,
        CASE
            WHEN
                offer.is_active
                -- An offer without inventory yet has the default.
                AND coalesce(
                    levels.reorder_point + levels.reserved,
                    (SELECT usual.reorder_point FROM app.effective_levels(NULL, NULL, NULL) AS usual)
                ) > %(bound)s
                AND (offer.last_sync_id IS DISTINCT FROM %(sync_log_id)s) -- not those just read
                THEN 1
            WHEN offer.stock_above IS NOT NULL THEN 2
        END AS turn
    FROM app.emag_products_v2 AS offer
    LEFT JOIN app.stock_levels AS levels
        ON offer.sku = levels.sku AND offer.account_type = levels.account_type
    WHERE offer.account_type = %(account_type)s AND offer.removed_at IS NULL
)

SELECT emag_id
FROM due
WHERE turn IS NOT NULL
ORDER BY turn, asked_at, emag_id
LIMIT %(budget)s;
