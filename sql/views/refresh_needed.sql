-- Per account, whether inventory and report are stale (stale_tables), and from which sync they were built.
CREATE OR REPLACE VIEW app.refresh_needed AS
SELECT
    account.account_type,
    (
        SELECT max(log.id) FROM app.emag_sync_logs AS log
        WHERE log.account_type = account.account_type AND log.sync_type = 'products' AND log.status <> 'running'
    ) AS newest_sync_id,
    inventory.built_from AS inventory_sync_id,
    report.built_from AS report_sync_id,
    stale.name IS NOT NULL AS needs_inventory,
    exists(SELECT FROM app.stale_tables AS it WHERE it.name = 'low_stock_report') AS needs_report
FROM app.configured_accounts AS account
LEFT JOIN app.builds AS inventory
    ON account.account_type = inventory.account_type AND inventory.name = 'inventory_items'
LEFT JOIN app.builds AS report
    ON account.account_type = report.account_type AND report.name = 'low_stock_report'
LEFT JOIN app.stale_tables AS stale
    ON account.account_type = stale.account_type AND stale.name = 'inventory_items';
COMMENT ON VIEW app.refresh_needed IS
'Per configured account: whether inventory and report are behind what was synced, decided, ordered or verified';
COMMENT ON COLUMN app.refresh_needed.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.refresh_needed.newest_sync_id IS 'The newest ended sync of the account';
COMMENT ON COLUMN app.refresh_needed.inventory_sync_id IS 'The newest ended sync that the inventory was built after';
COMMENT ON COLUMN app.refresh_needed.report_sync_id IS 'The newest ended sync that the report was built after';
COMMENT ON COLUMN app.refresh_needed.needs_inventory IS 'Whether a sync has ended since the inventory was built';
COMMENT ON COLUMN app.refresh_needed.needs_report IS
'Whether a sync has ended, an input has changed or a day has begun (manual levels run out) since the report was built';
