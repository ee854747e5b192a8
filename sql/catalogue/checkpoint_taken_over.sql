-- Moves the pages of a dead sync to this one. Parameters: sync_log_id, old_sync_log_id, account_type.

UPDATE app.emag_sync_logs
SET resumed_from = %(old_sync_log_id)s
WHERE id = %(sync_log_id)s;

UPDATE app.emag_rejected_offers
SET sync_log_id = %(sync_log_id)s
WHERE sync_log_id = %(old_sync_log_id)s;

UPDATE app.emag_offers_seen
SET last_sync_id = %(sync_log_id)s
WHERE account_type = %(account_type)s AND last_sync_id = %(old_sync_log_id)s;

WITH taken AS (
    UPDATE app.raw_emag_product_pages
    SET sync_log_id = %(sync_log_id)s
    WHERE sync_log_id = %(old_sync_log_id)s
    RETURNING *
)

SELECT
    sequence,
    page,
    items_per_page,
    filters ? 'id' AS is_single,
    item_count,
    created_items,
    updated_items,
    unchanged_items,
    failed_items,
    duplicate_items
FROM taken
ORDER BY sequence;
