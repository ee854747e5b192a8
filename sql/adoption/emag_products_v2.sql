-- Offers as they were last known, by account and eMAG's id: the next sync reads them all, and writes what differs.
-- Parameters: zone.
CREATE TEMP TABLE read_rows ON COMMIT DROP AS
WITH named AS (
    SELECT
        old.place,
        old.old_row,
        coalesce(
            pg_temp.moment(old.old_row ->> 'last_synced_at', %(zone)s),
            pg_temp.moment(old.old_row ->> 'updated_at', %(zone)s)
        ) AS last_synced_at,
        coalesce(lower(old.old_row ->> 'sync_status') IN ('error', 'failed'), FALSE) AS is_error
    FROM pg_temp.old_rows AS old
)

SELECT
    named.place,
    named.old_row,
    pg_temp.whole(named.old_row ->> 'emag_id') || ' ' || pg_temp.account(named.old_row ->> 'account_type') AS key,
    extract(EPOCH FROM named.last_synced_at) AS rank,
    CASE
        WHEN pg_temp.account(named.old_row ->> 'account_type') IS NULL THEN 'it has no account_type'
        WHEN coalesce(pg_temp.whole(named.old_row ->> 'emag_id'), 0) < 1
            THEN 'its emag_id is no whole number above 0, by which eMAG knows an offer'
        WHEN pg_temp.said(named.old_row ->> 'sku') IS NULL THEN 'it has no SKU'
    END AS reason,
    'another row has its account and emag_id, was read later, and is kept' AS same,
    jsonb_build_object(
        'account_type', pg_temp.account(named.old_row ->> 'account_type'),
        'emag_id', pg_temp.whole(named.old_row ->> 'emag_id'),
        'sku', named.old_row ->> 'sku',
        'part_number_key', pg_temp.said(named.old_row ->> 'part_number_key'),
        'name', named.old_row ->> 'name',
        'brand', named.old_row ->> 'brand',
        'category_id', coalesce(
            pg_temp.whole(named.old_row ->> 'emag_category_id'), pg_temp.whole(named.old_row ->> 'category_id')
        ),
        'emag_category_id', pg_temp.whole(named.old_row ->> 'emag_category_id'),
        'url', named.old_row ->> 'url',
        'price', app.sound_price(pg_temp.amount(named.old_row ->> 'price')),
        'currency', pg_temp.said(named.old_row ->> 'currency'),
        'vat_id', pg_temp.whole(named.old_row ->> 'vat_id'),
        'warranty', pg_temp.small(named.old_row ->> 'warranty'),
        'stock_quantity', app.sound_stock(pg_temp.whole(named.old_row ->> 'stock_quantity')),
        'general_stock', app.sound_stock(pg_temp.whole(named.old_row ->> 'general_stock')),
        'estimated_stock', app.sound_stock(pg_temp.whole(named.old_row ->> 'estimated_stock')),
        'status', pg_temp.state(named.old_row ->> 'status', named.old_row ->> 'is_active'),
        'is_active', pg_temp.flag(named.old_row ->> 'is_active'),
        'sync_status', CASE WHEN named.is_error THEN 'error' ELSE 'synced' END,
        'sync_error',
        CASE WHEN named.is_error THEN coalesce(pg_temp.said(named.old_row ->> 'sync_error'), 'not known') END,
        'created_at', pg_temp.moment(named.old_row ->> 'created_at', %(zone)s),
        'updated_at', pg_temp.moment(named.old_row ->> 'updated_at', %(zone)s),
        'last_synced_at', named.last_synced_at
    ) AS new_values,
    jsonb_build_object(
        'stock_quantity', coalesce(app.sound_stock(pg_temp.whole(named.old_row ->> 'general_stock')), 0),
        'status', 0,
        'content_hash', '\x',
        'created_at', coalesce(named.last_synced_at, now()),
        'updated_at', coalesce(named.last_synced_at, now()),
        'last_synced_at', now()
    ) AS defaults
FROM named;
