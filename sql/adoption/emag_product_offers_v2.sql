-- Terms of the offers, as they were last known. Parameters: zone.
CREATE TEMP TABLE read_rows ON COMMIT DROP AS
WITH named AS (
    SELECT
        old.place,
        old.old_row,
        pg_temp.account(old.old_row ->> 'account_type') AS account_type,
        coalesce(
            pg_temp.whole(old.old_row ->> 'emag_offer_id'),
            pg_temp.known('emag_products_v2', old.old_row ->> 'product_id')
        ) AS emag_offer_id,
        app.sound_price(pg_temp.amount(old.old_row ->> 'price')) AS price,
        app.sound_stock(pg_temp.whole(old.old_row ->> 'stock')) AS stock,
        pg_temp.state(old.old_row ->> 'status', old.old_row ->> 'is_available') AS status,
        coalesce(
            pg_temp.state(old.old_row ->> 'status', old.old_row ->> 'is_available') = 1
            AND app.sound_price(pg_temp.amount(old.old_row ->> 'price')) IS NOT NULL
            AND lower(coalesce(old.old_row ->> 'visibility', 'visible')) = 'visible',
            FALSE
        ) AS is_visible,
        coalesce(
            pg_temp.moment(old.old_row ->> 'last_synced_at', %(zone)s),
            pg_temp.moment(old.old_row ->> 'updated_at', %(zone)s)
        ) AS last_synced_at
    FROM pg_temp.old_rows AS old
)

SELECT
    named.place,
    named.old_row,
    named.emag_offer_id || ' ' || named.account_type AS key,
    extract(EPOCH FROM named.last_synced_at) AS rank,
    CASE
        WHEN named.account_type IS NULL THEN 'it has no account_type'
        WHEN coalesce(named.emag_offer_id, 0) < 1
            THEN 'neither its emag_offer_id nor its product says by which whole number eMAG knows it'
        WHEN product.emag_id IS NULL THEN 'there is no product of its account and emag_offer_id'
    END AS reason,
    'another row has its account and emag_offer_id, was read later, and is kept' AS same,
    jsonb_build_object(
        'account_type', named.account_type,
        'emag_offer_id', named.emag_offer_id,
        'sku', pg_temp.said(named.old_row ->> 'sku'),
        'price', named.price,
        'original_price', app.sound_price(pg_temp.amount(named.old_row ->> 'original_price')),
        'sale_price', app.sound_price(pg_temp.amount(named.old_row ->> 'sale_price')),
        'min_sale_price', app.sound_price(pg_temp.amount(named.old_row ->> 'min_sale_price')),
        'max_sale_price', app.sound_price(pg_temp.amount(named.old_row ->> 'max_sale_price')),
        'recommended_price', app.sound_price(pg_temp.amount(named.old_row ->> 'recommended_price')),
        'currency', pg_temp.said(named.old_row ->> 'currency'),
        'vat_id', pg_temp.whole(named.old_row ->> 'vat_id'),
        'stock', named.stock,
        'reserved_stock', app.sound_stock(pg_temp.whole(named.old_row ->> 'reserved_stock')),
        'handling_time', pg_temp.small(named.old_row ->> 'handling_time'),
        'status', named.status,
        'visibility', CASE WHEN named.is_visible THEN 'visible' ELSE 'hidden' END,
        'is_available', named.is_visible AND coalesce(named.stock, 0) > 0,
        'sync_attempts', pg_temp.small(named.old_row ->> 'sync_attempts'),
        'created_at', pg_temp.moment(named.old_row ->> 'created_at', %(zone)s),
        'updated_at', pg_temp.moment(named.old_row ->> 'updated_at', %(zone)s),
        'last_synced_at', named.last_synced_at
    ) AS new_values,
    jsonb_build_object(
        'sku', product.sku,
        'stock', 0,
        'reserved_stock', 0,
        'status', 0,
        'sync_attempts', 0,
        'created_at', product.created_at,
        'updated_at', product.updated_at,
        'last_synced_at', product.last_synced_at
    ) AS defaults
FROM named
LEFT JOIN app.emag_products_v2 AS product
    ON named.account_type = product.account_type AND named.emag_offer_id = product.emag_id;
