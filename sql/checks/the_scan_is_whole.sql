-- Accounts whose newest sync did not see every offer, and why.
SELECT
    account_type,
    status,
    total_items,
    processed_items::bigint - duplicate_items - unseen_items AS offers_seen,
    errors -> -1 ->> 'error' AS last_error
FROM (
    SELECT DISTINCT ON (account_type) *
    FROM app.emag_sync_logs
    WHERE
        sync_type = 'products'
        AND status <> 'running'
        AND account_type = any(%(accounts)s)
        AND started_at = app.sound_time(started_at)
    ORDER BY account_type, started_at DESC
) AS newest
WHERE
    status IN ('partial', 'failed')
    OR (
        processed_items = 0
        AND status = 'completed'
        AND EXISTS (SELECT FROM app.emag_products_v2 AS known WHERE known.account_type = newest.account_type)
    )
ORDER BY account_type;
