-- By how much stock fell, as the samples of two days that follow each other tell it.
CREATE OR REPLACE FUNCTION app.stock_falls(of_account text, of_skus text[], first_day date, end_day date)
RETURNS TABLE (sku text, day date, fall bigint)
LANGUAGE sql STABLE
AS $$
SELECT
    looked.sku,
    looked.day,
    looked.fall
FROM (
    SELECT
        stock.sku,
        stock.day,
        stock.day - lag(stock.day) OVER of_item AS days,
        -- At least so much, whichever of the fewest and the most pieces of the day came first.
        greatest(lag(stock.last_stock) OVER of_item - stock.first_stock, 0)
        + least(
            stock.first_stock - stock.min_stock + stock.max_stock - stock.last_stock, stock.max_stock - stock.min_stock
        ) AS fall
    FROM app.stock_snapshots AS stock
    WHERE
        stock.account_type = of_account
        AND (of_skus IS NULL OR stock.sku = any(of_skus))
        AND stock.day >= first_day - 1
        AND stock.day < end_day
    WINDOW of_item AS (PARTITION BY stock.sku ORDER BY stock.day)
) AS looked
WHERE looked.days = 1 AND looked.day >= first_day
$$;
COMMENT ON FUNCTION app.stock_falls(text, text[], date, date) IS
'Pieces that the stock of an account''s items (null: all) fell on each day from the first to before the last, where'
' stock was looked at on it and on the day before; what came and went between two samples is not seen';
