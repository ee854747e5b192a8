-- The account's newest sync before this one, if this one may resume it (rules.md: Storing): it failed, its last page
-- is recent, and it asked for the same. Parameters: account_type, sync_log_id, minutes.

WITH this AS (
    SELECT *
    FROM app.emag_sync_logs
    WHERE id = %(sync_log_id)s
),

newest AS (
    SELECT log.*
    FROM app.emag_sync_logs AS log
    INNER JOIN this ON log.account_type = this.account_type
    WHERE
        log.sync_type = 'products'
        AND log.id < this.id
        -- Skips one that died before its first page, or before it resumed another.
        AND (
            log.status <> 'failed'
            OR EXISTS (SELECT FROM app.raw_emag_product_pages AS kept WHERE kept.sync_log_id = log.id)
        )
    ORDER BY log.id DESC
    LIMIT 1
)

SELECT
    newest.id,
    newest.total_items
FROM newest
INNER JOIN this ON newest.operation = this.operation AND newest.parameters = this.parameters
WHERE
    newest.status = 'failed'
    AND newest.total_items IS NOT NULL
    AND (
        SELECT max(page.fetched_at)
        FROM app.raw_emag_product_pages AS page
        WHERE page.sync_log_id = newest.id
    ) > clock_timestamp() - make_interval(mins => %(minutes)s);
