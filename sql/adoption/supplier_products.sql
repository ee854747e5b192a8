-- Matches of a supplier with a product; who confirmed stays. Parameters: zone.
CREATE TEMP TABLE read_rows ON COMMIT DROP AS
WITH named AS (
    SELECT
        old.place,
        old.old_row,
        pg_temp.known('suppliers', old.old_row ->> 'supplier_id') AS supplier_id,
        pg_temp.known('products', old.old_row ->> 'local_product_id') AS product_id
    FROM pg_temp.old_rows AS old
)

SELECT
    named.place,
    named.old_row,
    concat_ws(' ', named.supplier_id, named.product_id, app.spaced(named.old_row ->> 'supplier_product_url')) AS key,
    -- One that is confirmed and active first, then the newest.
    coalesce(pg_temp.flag(named.old_row ->> 'manual_confirmed'), FALSE)::integer * 2000000000000::numeric
    + coalesce(pg_temp.flag(named.old_row ->> 'is_active'), TRUE)::integer * 1000000000000::numeric
    + coalesce(extract(EPOCH FROM pg_temp.moment(named.old_row ->> 'updated_at', %(zone)s)), 0) AS rank,
    CASE
        WHEN named.supplier_id IS NULL THEN 'its supplier_id is that of no supplier that is kept, or of several'
        WHEN pg_temp.said(named.old_row ->> 'local_product_id') IS NOT NULL AND named.product_id IS NULL
            THEN 'its local_product_id is that of no product that is kept, or of several'
    END AS reason,
    'another row is the same match, and is kept' AS same,
    jsonb_build_object(
        'supplier_id', named.supplier_id,
        'local_product_id', named.product_id,
        'supplier_product_url', named.old_row ->> 'supplier_product_url',
        'manual_confirmed', pg_temp.flag(named.old_row ->> 'manual_confirmed'),
        'confirmed_by', named.old_row ->> 'confirmed_by',
        'confirmed_at', pg_temp.moment(named.old_row ->> 'confirmed_at', %(zone)s),
        'is_active', pg_temp.flag(named.old_row ->> 'is_active'),
        'created_at', pg_temp.moment(named.old_row ->> 'created_at', %(zone)s),
        'updated_at', pg_temp.moment(named.old_row ->> 'updated_at', %(zone)s)
    ) AS new_values,
    jsonb_build_object('manual_confirmed', FALSE, 'is_active', TRUE, 'created_at', now()) AS defaults
FROM named;
