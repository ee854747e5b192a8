-- depends: 0075.rows-that-say-all
-- Tables whose rows each sync writes anew, in columns that no index has. With room for the new version of a row on its
-- own page, indexes are left alone, and only the bytes that changed are logged. Older pages get it as they are written.

ALTER TABLE app.stock_snapshots SET (fillfactor = 45); -- each sync adds a sample to today's rows
ALTER TABLE app.low_stock_report SET (fillfactor = 45); -- each sync moves scanned_at
