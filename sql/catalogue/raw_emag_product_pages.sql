-- Stores the page as received: its numbers, each time, and its body once per hash: null where it is kept already.
-- Written last in the page's transaction: if it is here, its rows are stored.

WITH body AS (
    INSERT INTO app.raw_emag_product_bodies (sha256, body_compressed, body_bytes, first_fetched_at)
    SELECT
        %(sha256)s,
        %(body_compressed)s::bytea,
        %(body_bytes)s,
        %(fetched_at)s
    WHERE %(body_compressed)s::bytea IS NOT NULL
    ON CONFLICT (sha256) DO NOTHING
)

INSERT INTO app.raw_emag_product_pages (
    sync_log_id,
    sequence,
    page,
    items_per_page,
    filters,
    account_type,
    fetched_at,
    http_status,
    duration_ms,
    item_count,
    created_items,
    updated_items,
    unchanged_items,
    failed_items,
    duplicate_items,
    body_sha256
)
VALUES (
    %(sync_log_id)s,
    %(sequence)s,
    %(page)s,
    %(items_per_page)s,
    %(filters)s,
    %(account_type)s,
    %(fetched_at)s,
    %(http_status)s,
    %(duration_ms)s,
    %(item_count)s,
    %(created)s,
    %(updated)s,
    %(unchanged)s,
    %(rejected)s,
    %(duplicate)s,
    %(sha256)s
);
