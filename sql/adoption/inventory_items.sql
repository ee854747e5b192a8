-- Stock by product and warehouse, with the levels that people set (manual_*). Levels without that prefix were written
-- by the old sync too, so that nobody knows whose they are: they go to quarantine. Parameters: zone.
CREATE TEMP TABLE read_rows ON COMMIT DROP AS
WITH named AS (
    SELECT
        old.place,
        old.old_row,
        pg_temp.known('products', old.old_row ->> 'product_id') AS product_id,
        pg_temp.known('warehouses', old.old_row ->> 'warehouse_id') AS warehouse_id
    FROM pg_temp.old_rows AS old
)

SELECT
    named.place,
    named.old_row,
    named.product_id || ' ' || named.warehouse_id AS key,
    -- One with a level of a person first, then the newest.
    num_nonnulls(
        pg_temp.whole(named.old_row ->> 'manual_minimum_stock'),
        pg_temp.whole(named.old_row ->> 'manual_reorder_point'),
        pg_temp.whole(named.old_row ->> 'manual_maximum_stock'),
        pg_temp.whole(named.old_row ->> 'manual_reorder_quantity')
    ) * 1000000000000::numeric
    + coalesce(extract(EPOCH FROM pg_temp.moment(named.old_row ->> 'updated_at', %(zone)s)), 0) AS rank,
    CASE
        WHEN named.product_id IS NULL THEN 'its product_id is that of no product that is kept, or of several'
        WHEN named.warehouse_id IS NULL THEN 'its warehouse_id is that of no warehouse that is kept, or of several'
    END AS reason,
    'another row has its product and warehouse, and is kept' AS same,
    jsonb_build_object(
        'product_id', named.product_id,
        'warehouse_id', named.warehouse_id,
        'quantity', app.sound_stock(pg_temp.whole(named.old_row ->> 'quantity')),
        'reserved_quantity', app.sound_stock(pg_temp.whole(named.old_row ->> 'reserved_quantity')),
        'manual_reserved', app.sound_pieces(pg_temp.whole(named.old_row ->> 'manual_reserved')),
        'manual_minimum_stock', app.sound_pieces(pg_temp.whole(named.old_row ->> 'manual_minimum_stock')),
        'manual_reorder_point', app.sound_pieces(pg_temp.whole(named.old_row ->> 'manual_reorder_point')),
        'manual_maximum_stock', app.sound_pieces(pg_temp.whole(named.old_row ->> 'manual_maximum_stock')),
        'manual_reorder_quantity', app.sound_pieces(pg_temp.whole(named.old_row ->> 'manual_reorder_quantity')),
        'manual_set_by', named.old_row ->> 'manual_set_by',
        'manual_reason', named.old_row ->> 'manual_reason',
        'manual_valid_until', pg_temp.day(named.old_row ->> 'manual_valid_until'),
        'is_active', pg_temp.flag(named.old_row ->> 'is_active'),
        'created_at', pg_temp.moment(named.old_row ->> 'created_at', %(zone)s),
        'updated_at', pg_temp.moment(named.old_row ->> 'updated_at', %(zone)s)
    ) AS new_values,
    -- The sync owns the stock of eMAG's warehouses, and ends what it does not see there.
    jsonb_build_object(
        'quantity', 0,
        'reserved_quantity', 0,
        'is_fed_by_emag', coalesce(
            (SELECT code LIKE 'EMAG-%%' FROM app.warehouses WHERE id = named.warehouse_id), FALSE
        ),
        'is_active', TRUE,
        'created_at', now(),
        'updated_at', now()
    ) AS defaults
FROM named;
