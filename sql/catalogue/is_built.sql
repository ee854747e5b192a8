-- Whether a table of all accounts has been built since the newest sync of an account, and is not stale.
SELECT
    EXISTS (
        SELECT FROM builds
        WHERE
            name = %(name)s AND account_type = %(account)s AND built_from = (
                SELECT max(id) FROM emag_sync_logs
                WHERE account_type = %(account)s AND sync_type = 'products' AND status <> 'running'
            )
    )
    AND NOT EXISTS (SELECT FROM stale_tables WHERE name = %(name)s);
