-- depends: 0063.countries
-- Tables whose rows each sync writes anew, in columns that no index has: with room for the new version of a row on its own
-- page, the indexes are left alone, and the log has only the bytes that changed. Pages from before get it as they are written.

ALTER TABLE app.stock_snapshots SET (fillfactor = 45); -- each sync adds a sample to today's rows
ALTER TABLE app.low_stock_report SET (fillfactor = 45); -- each sync moves scanned_at
