-- Pages and newest syncs whose rows do not add up: fetched = created + updated + unchanged + rejected + duplicate.
WITH newest AS (
    SELECT DISTINCT ON (account_type) *
    FROM app.emag_sync_logs
    WHERE
        sync_type = 'products'
        AND status IN ('completed', 'partial')
        AND (%(account)s::text IS NULL OR account_type = %(account)s)
    ORDER BY account_type, completed_at DESC
),

counted AS (
    SELECT
        account_type,
        id AS sync_log_id,
        NULL::integer AS page,
        processed_items AS fetched,
        created_items + updated_items + unchanged_items + failed_items + duplicate_items AS accounted
    FROM newest
    UNION ALL
    SELECT
        page.account_type,
        page.sync_log_id,
        page.page,
        page.item_count,
        page.created_items + page.updated_items + page.unchanged_items + page.failed_items + page.duplicate_items
    FROM app.raw_emag_product_pages AS page
    INNER JOIN newest ON page.sync_log_id = newest.id
    UNION ALL
    SELECT
        newest.account_type,
        newest.id,
        NULL,
        newest.processed_items,
        coalesce((SELECT sum(page.item_count) FROM app.raw_emag_product_pages AS page WHERE page.sync_log_id = newest.id), 0)
    FROM newest
)

SELECT
    account_type,
    sync_log_id,
    page,
    fetched,
    accounted
FROM counted
WHERE fetched <> accounted
ORDER BY account_type, page;
