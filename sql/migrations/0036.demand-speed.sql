-- depends: 0035.plan
-- Demand reads the stock of all items in one scan, and takes the falls from it.

DROP FUNCTION IF EXISTS app.stock_falls(text, text[], date, date);
DELETE FROM migrations.view_files WHERE name = 'stock_falls.sql';

-- Days on which an offer was removed: few rows of many.
CREATE INDEX emag_offer_history_removed ON app.emag_offer_history (account_type, emag_offer_id, valid_from)
WHERE is_removed;
