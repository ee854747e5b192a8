-- The state of each account's catalogue: its newest sync (of other types: newest_syncs), and the count of its offers.
CREATE OR REPLACE VIEW app.sync_status AS
SELECT
    account.account_type,
    newest.sync_log_id,
    newest.operation,
    newest.status,
    newest.started_at,
    newest.completed_at,
    newest.duration_seconds,
    newest.total_items,
    newest.processed_items,
    newest.last_error,
    newest.pages_done,
    newest.pages_total,
    newest.items_done,
    newest.items_per_second,
    newest.expected_end_at,
    newest.last_complete_at,
    (
        SELECT count(*) FROM app.emag_products_v2 AS product
        WHERE product.account_type = account.account_type
    ) AS offers,
    (
        SELECT count(*) FROM app.emag_products_v2 AS product
        WHERE product.account_type = account.account_type AND product.is_active
    ) AS active_offers,
    newest.rate_limit_hits,
    newest.items_per_page,
    account.is_configured,
    account.renamed_from,
    account.renamed_at,
    (
        SELECT CASE WHEN bool_or(whole.is_proven) THEN 'proven' ELSE 'first reading, not yet proven' END
        FROM app.emag_sync_logs AS whole
        WHERE
            whole.account_type = account.account_type
            AND whole.sync_type = 'products'
            AND whole.operation = 'full'
            AND whole.status IN ('completed', 'partial')
        HAVING bool_or(whole.is_proven OR whole.status = 'completed')
    ) AS proof,
    (
        SELECT min(app.sound_time(wrong.started_at)) FROM app.emag_sync_logs AS wrong
        WHERE
            wrong.account_type = account.account_type
            AND wrong.sync_type = 'products'
            AND wrong.status <> 'running'
            AND wrong.id > coalesce(
                (
                    SELECT max(completed.id) FROM app.emag_sync_logs AS completed
                    WHERE
                        completed.account_type = account.account_type
                        AND completed.sync_type = 'products'
                        AND completed.status = 'completed'
                ),
                0
            )
    ) AS wrong_since
FROM app.emag_accounts AS account
LEFT JOIN app.newest_syncs AS newest
    ON account.account_type = newest.account_type AND newest.sync_type = 'products';
COMMENT ON VIEW app.sync_status IS
'One row per account: the newest sync of its catalogue, how far a running one is, what is stored';
COMMENT ON COLUMN app.sync_status.account_type IS 'Account, lower case, such as main or fbe';
COMMENT ON COLUMN app.sync_status.sync_log_id IS
'The newest sync of its catalogue (emag_sync_logs.id); of every type: newest_syncs';
COMMENT ON COLUMN app.sync_status.operation IS 'Mode of that sync';
COMMENT ON COLUMN app.sync_status.status IS 'How it went, or running';
COMMENT ON COLUMN app.sync_status.started_at IS 'When it began, UTC';
COMMENT ON COLUMN app.sync_status.completed_at IS 'When it ended, UTC';
COMMENT ON COLUMN app.sync_status.duration_seconds IS 'Seconds from start to end';
COMMENT ON COLUMN app.sync_status.total_items IS 'Offers that the marketplace says there are';
COMMENT ON COLUMN app.sync_status.processed_items IS 'Rows received';
COMMENT ON COLUMN app.sync_status.last_error IS 'The last thing it noted';
COMMENT ON COLUMN app.sync_status.pages_done IS 'While it runs: pages stored';
COMMENT ON COLUMN app.sync_status.pages_total IS 'While it runs: pages expected';
COMMENT ON COLUMN app.sync_status.items_done IS 'While it runs: rows received';
COMMENT ON COLUMN app.sync_status.items_per_second IS 'While it runs: rows per second';
COMMENT ON COLUMN app.sync_status.expected_end_at IS 'While it runs: when it should end, UTC';
COMMENT ON COLUMN app.sync_status.last_complete_at IS 'End of the newest sync that saw every offer, UTC';
COMMENT ON COLUMN app.sync_status.offers IS 'Offers stored, of every status';
COMMENT ON COLUMN app.sync_status.active_offers IS 'Offers stored that are active';
COMMENT ON COLUMN app.sync_status.rate_limit_hits IS 'While it runs: answers 429 so far';
COMMENT ON COLUMN app.sync_status.proof IS
'Whether the catalogue was read whole more than once: of a first reading nobody can say that it missed no offer';
COMMENT ON COLUMN app.sync_status.items_per_page IS 'While it runs: offers asked for at once at the moment';
COMMENT ON COLUMN app.sync_status.is_configured IS
'Whether EMAG_ACCOUNTS names the account; of one that it does not name, only the history is kept';
COMMENT ON COLUMN app.sync_status.renamed_from IS 'What the account was called before';
COMMENT ON COLUMN app.sync_status.renamed_at IS 'When its rows took the new name, UTC';
COMMENT ON COLUMN app.sync_status.wrong_since IS
'Start of the first of the syncs in a row, up to the newest ended one, that did not complete, UTC; null: it did';
