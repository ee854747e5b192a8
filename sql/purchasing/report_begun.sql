-- Before the report is built: what changes from here on is seen as a change after it.

DELETE FROM app.low_stock_report_changes;

UPDATE app.emag_accounts AS account
SET
    report_built_at = now(),
    report_sync_id = (
        SELECT max(log.id) FROM app.emag_sync_logs AS log
        WHERE log.account_type = account.account_type AND log.sync_type = 'products' AND log.status <> 'running'
    );

-- The report joins what is grouped and chosen, of which no statistics exist: nested loops over all of it would be
-- planned for a few rows. Every join there is an equality, so hashes serve at any size.
SET LOCAL enable_nestloop = off;

-- A dozen sorts and hashes of all items: in the usual 4 MB they go through files, and take a quarter longer.
SET LOCAL work_mem = '32MB';
