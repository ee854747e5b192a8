-- How many offers were known before a sync, how many of them it did not see, and whether a person accepted that.
-- Parameters: account_type, sync_log_id.
SELECT
    count(*) AS known,
    count(*) FILTER (WHERE product.last_sync_id IS DISTINCT FROM log.id) AS lost,
    coalesce(bool_or(account.removal_accepted_at IS NOT NULL), FALSE) AS is_accepted
FROM app.emag_sync_logs AS log
INNER JOIN app.emag_products_v2 AS product
    ON log.account_type = product.account_type AND product.created_at < log.started_at
INNER JOIN app.emag_accounts AS account ON log.account_type = account.account_type
WHERE log.id = %(sync_log_id)s AND product.removed_at IS NULL;
