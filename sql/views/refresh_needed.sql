-- Per account, what has to be built again: a level, not an event, so that nothing that happened is missed.
CREATE OR REPLACE VIEW app.refresh_needed AS
SELECT
    account.account_type,
    newest.sync_id AS newest_sync_id,
    account.inventory_sync_id,
    account.report_sync_id,
    newest.sync_id IS NOT NULL
    AND coalesce(account.inventory_sync_id <> newest.sync_id, TRUE) AS needs_inventory,
    (newest.sync_id IS NOT NULL AND coalesce(account.report_sync_id <> newest.sync_id, TRUE))
    OR EXISTS (SELECT FROM app.low_stock_report_changes)
    OR coalesce(
        (account.report_built_at AT TIME ZONE 'Europe/Bucharest')::date
        < (now() AT TIME ZONE 'Europe/Bucharest')::date,
        FALSE
    ) AS needs_report
FROM app.emag_accounts AS account
LEFT JOIN LATERAL (
    SELECT max(log.id) AS sync_id
    FROM app.emag_sync_logs AS log
    WHERE log.account_type = account.account_type AND log.sync_type = 'products' AND log.status <> 'running'
) AS newest ON TRUE
WHERE account.is_configured;
COMMENT ON VIEW app.refresh_needed IS
'Per configured account: whether inventory and report are behind what was synced, decided, ordered or verified';
COMMENT ON COLUMN app.refresh_needed.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.refresh_needed.newest_sync_id IS 'The newest ended sync of the account';
COMMENT ON COLUMN app.refresh_needed.inventory_sync_id IS 'The newest ended sync that the inventory was built after';
COMMENT ON COLUMN app.refresh_needed.report_sync_id IS 'The newest ended sync that the report was built after';
COMMENT ON COLUMN app.refresh_needed.needs_inventory IS 'Whether a sync has ended since the inventory was built';
COMMENT ON COLUMN app.refresh_needed.needs_report IS
'Whether a sync has ended, an input has changed or a day has begun (manual levels run out) since the report was built';
