-- depends: 0033.worsened
-- Demand reads the stock of all items in one scan, and takes the falls from it.

DROP FUNCTION IF EXISTS app.stock_falls(text, text[], date, date);
DELETE FROM migrations.view_files WHERE name = 'stock_falls.sql';
