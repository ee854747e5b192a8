-- Adds one sample of the stock of each SKU that this scan saw to its Bucharest day.
-- Parameters: account_type, sync_log_id.
-- Of several offers with one SKU, the active one with the lowest id counts. Rejected rows have no stock.

INSERT INTO app.stock_snapshots (
    account_type,
    sku,
    day,
    first_stock,
    min_stock,
    max_stock,
    last_stock,
    samples,
    samples_in_stock,
    samples_sellable
)
SELECT DISTINCT ON (product.account_type, product.sku)
    product.account_type,
    product.sku,
    (product.last_synced_at AT TIME ZONE 'Europe/Bucharest')::date AS day,
    product.stock_quantity AS first_stock,
    product.stock_quantity AS min_stock,
    product.stock_quantity AS max_stock,
    product.stock_quantity AS last_stock,
    1 AS samples,
    (product.stock_quantity > 0)::integer AS samples_in_stock,
    coalesce(product.is_active AND offer.is_available AND product.stock_quantity > 0, FALSE)::integer
        AS samples_sellable
FROM app.emag_products_v2 AS product
LEFT JOIN app.emag_product_offers_v2 AS offer
    ON product.account_type = offer.account_type AND product.emag_id = offer.emag_offer_id
WHERE
    product.account_type = %(account_type)s
    AND product.last_sync_id = %(sync_log_id)s
    AND product.sync_status = 'synced'
ORDER BY product.account_type, product.sku, product.is_active DESC, product.emag_id
ON CONFLICT (account_type, sku, day) DO UPDATE SET
    min_stock = least(stock_snapshots.min_stock, excluded.last_stock),
    max_stock = greatest(stock_snapshots.max_stock, excluded.last_stock),
    last_stock = excluded.last_stock,
    samples = stock_snapshots.samples + 1,
    samples_in_stock = stock_snapshots.samples_in_stock + excluded.samples_in_stock,
    -- Null stays null: a day that has samples of unknown kind is not known.
    samples_sellable = stock_snapshots.samples_sellable + excluded.samples_sellable;
