-- How many offers are known after a complete sync, how many of them it did not see, how many the complete sync before
-- it held back, and whether a person accepted that. Parameters: account_type, sync_log_id.
SELECT
    count(*) AS known,
    count(*) FILTER (WHERE product.last_sync_id IS DISTINCT FROM %(sync_log_id)s) AS lost,
    coalesce(
        (
            SELECT log.held_back_items FROM app.emag_sync_logs AS log
            WHERE
                log.account_type = %(account_type)s
                AND log.sync_type = 'products'
                AND log.is_complete
                AND log.id < %(sync_log_id)s
            ORDER BY log.id DESC
            LIMIT 1
        ),
        0
    ) AS held_back_before,
    (
        SELECT count(*) FROM app.emag_accounts AS account
        WHERE account.account_type = %(account_type)s AND account.removal_accepted_at IS NOT NULL
    ) > 0 AS is_accepted
FROM app.emag_products_v2 AS product
WHERE product.account_type = %(account_type)s AND product.removed_at IS NULL;
