-- Lines of orders at suppliers. Parameters: none.
CREATE TEMP TABLE read_rows ON COMMIT DROP AS
WITH named AS (
    SELECT
        old.place,
        old.old_row,
        pg_temp.known('purchase_orders', old.old_row ->> 'purchase_order_id') AS order_id,
        coalesce(
            pg_temp.known('products', old.old_row ->> 'product_id'),
            pg_temp.known('products', old.old_row ->> 'local_product_id')
        ) AS product_id,
        app.sound_order(
            coalesce(
                pg_temp.whole(old.old_row ->> 'quantity'), pg_temp.whole(old.old_row ->> 'quantity_ordered')
            )
        ) AS quantity,
        app.sound_pieces(
            coalesce(
                pg_temp.whole(old.old_row ->> 'received_quantity'), pg_temp.whole(old.old_row ->> 'quantity_received')
            )
        ) AS received
    FROM pg_temp.old_rows AS old
)

SELECT
    named.place,
    named.old_row,
    NULL::text AS key,
    NULL::numeric AS rank,
    CASE
        WHEN named.order_id IS NULL THEN 'its purchase_order_id is that of no order that is kept, or of several'
        WHEN named.product_id IS NULL THEN 'its product_id is that of no product that is kept, or of several'
        WHEN named.quantity IS NULL THEN 'its quantity is no number from 1 to 1000000000'
    END AS reason,
    NULL::text AS same,
    jsonb_build_object(
        'purchase_order_id', named.order_id,
        'product_id', named.product_id,
        'warehouse_id', pg_temp.known('warehouses', named.old_row ->> 'warehouse_id'),
        'quantity', named.quantity,
        'received_quantity', named.received,
        'quantity_received', named.received,
        'unit_price', app.sound_cost(pg_temp.amount(named.old_row ->> 'unit_price')),
        'expected_on', coalesce(
            pg_temp.day(named.old_row ->> 'expected_on'), pg_temp.day(named.old_row ->> 'expected_delivery_date')
        ),
        'expected_delivery_date', pg_temp.day(named.old_row ->> 'expected_delivery_date'),
        'note', named.old_row ->> 'note'
    ) AS new_values,
    '{}'::jsonb AS defaults
FROM named;
