-- Pages and newest syncs whose rows do not add up: fetched = created + updated + unchanged + rejected + duplicate.
WITH newest AS (
    SELECT DISTINCT ON (account_type) *
    FROM app.emag_sync_logs
    WHERE
        sync_type = 'products'
        AND status IN ('completed', 'partial')
        AND account_type = any(%(accounts)s)
        AND completed_at = app.sound_time(completed_at)
    ORDER BY account_type, completed_at DESC
),

counted AS (
    SELECT
        account_type,
        id AS sync_log_id,
        NULL::integer AS page,
        processed_items AS fetched,
        created_items::bigint + updated_items + unchanged_items + failed_items + duplicate_items AS accounted
    FROM newest
    UNION ALL
    SELECT
        account_type,
        sync_log_id,
        page,
        item_count AS fetched,
        created_items::bigint + updated_items + unchanged_items + failed_items + duplicate_items AS accounted
    FROM app.raw_emag_product_pages
    WHERE sync_log_id IN (SELECT id FROM newest)
    UNION ALL
    SELECT
        newest.account_type,
        newest.id AS sync_log_id,
        NULL::integer AS page,
        newest.processed_items AS fetched,
        coalesce(sum(page.item_count), 0) AS accounted
    FROM newest
    LEFT JOIN app.raw_emag_product_pages AS page ON newest.id = page.sync_log_id
    GROUP BY newest.account_type, newest.id, newest.processed_items
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
