-- Pages of the account's last complete scan and all later pages, as they were stored.
-- Parameter: account_type.
-- A resumed sync took the pages of a dead one; pages of a dead sync that none resumed count too: they were stored.

SELECT
    sync_log_id,
    page,
    items_per_page,
    filters,
    http_status,
    fetched_at,
    duration_ms,
    body_sha256
FROM app.raw_emag_product_pages
WHERE
    account_type = %(account_type)s
    AND sync_log_id >= (
        SELECT max(log.id) FROM app.emag_sync_logs AS log
        WHERE
            log.account_type = %(account_type)s
            AND log.sync_type = 'products'
            AND log.is_complete
            AND EXISTS (SELECT FROM app.raw_emag_product_pages AS kept WHERE kept.sync_log_id = log.id)
    )
ORDER BY sync_log_id, sequence;
