-- depends: 0015.guarded-triggers
-- Where each row of the report comes from: numbers of a demo must not be taken for a buying list.

ALTER TABLE app.low_stock_report ADD COLUMN marketplace text;
COMMENT ON COLUMN app.low_stock_report.marketplace IS
'Host and path of the API that the offers were read from; simulator: made-up numbers of a demo, not to be ordered';
INSERT INTO app.low_stock_report_changes (table_name)
SELECT 'low_stock_report' WHERE EXISTS (SELECT FROM app.low_stock_report);
