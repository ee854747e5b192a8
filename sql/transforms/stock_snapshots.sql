-- One sample of the stock of each SKU that this scan saw, into its Bucharest day.
-- Parameters: account_type, sync_log_id.
-- Of several offers with one SKU, the active one with the lowest id counts.

INSERT INTO app.stock_snapshots (
    account_type, sku, day, first_stock, min_stock, max_stock, last_stock, samples, samples_in_stock
)
SELECT DISTINCT ON (account_type, sku)
    account_type,
    sku,
    (last_synced_at AT TIME ZONE 'Europe/Bucharest')::date AS day,
    stock_quantity AS first_stock,
    stock_quantity AS min_stock,
    stock_quantity AS max_stock,
    stock_quantity AS last_stock,
    1 AS samples,
    (stock_quantity > 0)::integer AS samples_in_stock
FROM app.emag_products_v2
WHERE account_type = %(account_type)s AND last_sync_id = %(sync_log_id)s
ORDER BY account_type, sku, is_active DESC, emag_id
ON CONFLICT (account_type, sku, day) DO UPDATE SET
    min_stock = least(stock_snapshots.min_stock, excluded.last_stock),
    max_stock = greatest(stock_snapshots.max_stock, excluded.last_stock),
    last_stock = excluded.last_stock,
    samples = stock_snapshots.samples + 1,
    samples_in_stock = stock_snapshots.samples_in_stock + excluded.samples_in_stock;
