-- depends: 0041.report-of-plan
-- The report is chosen from by category as by brand, in files, workbook and page.

ALTER TABLE app.low_stock_report ADD COLUMN category_id bigint;
COMMENT ON COLUMN app.low_stock_report.category_id IS
'eMAG category id of the offer (emag_products_v2.category_id); null: eMAG told none';

INSERT INTO app.input_changes (name, table_name)
SELECT
    'low_stock_report' AS name,
    'emag_products_v2' AS table_name
WHERE EXISTS (SELECT FROM app.low_stock_report);
