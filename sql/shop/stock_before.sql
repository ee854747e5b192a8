-- Whether any day before that of a time, in Bucharest, has a sample of stock.
SELECT coalesce(bool_or(day < (%(opened)s::timestamptz AT TIME ZONE 'Europe/Bucharest')::date), FALSE) AS is_there
FROM app.stock_snapshots
