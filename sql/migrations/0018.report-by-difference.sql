-- depends: 0016.where-a-row-comes-from
-- Levels have one view, stock_levels. The report is written by difference: a row keeps the time at which it was last
-- written; the time of the build is kept in builds (0020).

DROP VIEW IF EXISTS app.reorder_levels;
DROP VIEW IF EXISTS app.manual_levels;
DROP FUNCTION IF EXISTS app.effective_reorder_point(bigint, bigint, bigint);

ALTER TABLE app.low_stock_report ADD COLUMN reason_code text;
COMMENT ON COLUMN app.low_stock_report.reason_code IS
'What decided reorder_quantity: up_to_maximum (maximum - available - on order), set_by_hand, nothing_to_order (it does'
' not run out), not_sellable, stock_unread (eMAG sent no number), ordered_elsewhere (another account orders the same'
' pieces); null: built by an older version';
COMMENT ON COLUMN app.low_stock_report.built_at IS
'When a build last changed the row, UTC; when the report was last built: low_stock_by_account.built_at';
INSERT INTO app.low_stock_report_changes (table_name)
SELECT 'low_stock_report' WHERE EXISTS (SELECT FROM app.low_stock_report);
