-- Impossible values, such as NaN or infinity, stored before they were refused: they are left out until corrected.
SELECT
    'warehouses' AS table_name,
    it.id::text AS row_id,
    named.column_name,
    named.value
FROM app.warehouses AS it
CROSS JOIN
    LATERAL (
        VALUES
        ('created_at', it.created_at::text, app.sound_time(it.created_at)::text)
    ) AS named (column_name, value, sound)
WHERE named.value <> coalesce(named.sound, '')
UNION ALL
SELECT
    'products' AS table_name,
    it.id::text AS row_id,
    named.column_name,
    named.value
FROM app.products AS it
CROSS JOIN
    LATERAL (
        VALUES
        ('created_at', it.created_at::text, app.sound_time(it.created_at)::text)
    ) AS named (column_name, value, sound)
WHERE named.value <> coalesce(named.sound, '')
UNION ALL
SELECT
    'inventory_items' AS table_name,
    it.id::text AS row_id,
    named.column_name,
    named.value
FROM app.inventory_items AS it
CROSS JOIN
    LATERAL (
        VALUES
        ('quantity', it.quantity::text, app.sound_stock(it.quantity)::text),
        ('reserved_quantity', it.reserved_quantity::text, app.sound_stock(it.reserved_quantity)::text),
        ('manual_reserved', it.manual_reserved::text, app.sound_pieces(it.manual_reserved)::text),
        ('manual_minimum_stock', it.manual_minimum_stock::text, app.sound_pieces(it.manual_minimum_stock)::text),
        ('manual_reorder_point', it.manual_reorder_point::text, app.sound_pieces(it.manual_reorder_point)::text),
        ('manual_maximum_stock', it.manual_maximum_stock::text, app.sound_pieces(it.manual_maximum_stock)::text),
        (
            'manual_reorder_quantity',
            it.manual_reorder_quantity::text,
            app.sound_pieces(it.manual_reorder_quantity)::text
        ),
        ('manual_valid_until', it.manual_valid_until::text, app.sound_day(it.manual_valid_until)::text),
        ('created_at', it.created_at::text, app.sound_time(it.created_at)::text),
        ('updated_at', it.updated_at::text, app.sound_time(it.updated_at)::text)
    ) AS named (column_name, value, sound)
WHERE named.value <> coalesce(named.sound, '')
UNION ALL
SELECT
    'suppliers' AS table_name,
    it.id::text AS row_id,
    named.column_name,
    named.value
FROM app.suppliers AS it
CROSS JOIN
    LATERAL (
        VALUES
        ('created_at', it.created_at::text, app.sound_time(it.created_at)::text)
    ) AS named (column_name, value, sound)
WHERE named.value <> coalesce(named.sound, '')
UNION ALL
SELECT
    'supplier_products' AS table_name,
    it.id::text AS row_id,
    named.column_name,
    named.value
FROM app.supplier_products AS it
CROSS JOIN
    LATERAL (
        VALUES
        ('confirmed_at', it.confirmed_at::text, app.sound_time(it.confirmed_at)::text),
        ('created_at', it.created_at::text, app.sound_time(it.created_at)::text)
    ) AS named (column_name, value, sound)
WHERE named.value <> coalesce(named.sound, '')
UNION ALL
SELECT
    'product_supplier_sheets' AS table_name,
    it.id::text AS row_id,
    named.column_name,
    named.value
FROM app.product_supplier_sheets AS it
CROSS JOIN
    LATERAL (
        VALUES
        ('price_cny', it.price_cny::text, app.sound_price(it.price_cny)::text),
        -- A price of a day to come counts after all others of its supplier, until that day.
        (
            'updated_at',
            it.updated_at::text,
            CASE WHEN it.updated_at <= app.latest_time() THEN app.sound_time(it.updated_at)::text END
        )
    ) AS named (column_name, value, sound)
WHERE named.value <> coalesce(named.sound, '')
UNION ALL
SELECT
    'purchase_orders' AS table_name,
    it.id::text AS row_id,
    named.column_name,
    named.value
FROM app.purchase_orders AS it
CROSS JOIN
    LATERAL (
        VALUES
        ('ordered_at', it.ordered_at::text, app.sound_time(it.ordered_at)::text),
        ('created_at', it.created_at::text, app.sound_time(it.created_at)::text),
        ('expected_on', it.expected_on::text, app.sound_day(it.expected_on)::text)
    ) AS named (column_name, value, sound)
WHERE named.value <> coalesce(named.sound, '')
UNION ALL
SELECT
    'purchase_order_items' AS table_name,
    it.id::text AS row_id,
    named.column_name,
    named.value
FROM app.purchase_order_items AS it
CROSS JOIN
    LATERAL (
        VALUES
        ('quantity', it.quantity::text, app.sound_order(it.quantity)::text),
        ('received_quantity', it.received_quantity::text, app.sound_pieces(it.received_quantity)::text),
        ('unit_price', it.unit_price::text, app.sound_cost(it.unit_price)::text),
        ('expected_on', it.expected_on::text, app.sound_day(it.expected_on)::text)
    ) AS named (column_name, value, sound)
WHERE named.value <> coalesce(named.sound, '')
UNION ALL
SELECT
    'exchange_rates' AS table_name,
    it.currency || ' ' || it.rate_date AS row_id,
    named.column_name,
    named.value
FROM app.exchange_rates AS it
CROSS JOIN
    LATERAL (
        VALUES
        ('ron', it.ron::text, app.sound_price(it.ron)::text),
        ('units', it.units::text, app.sound_units(it.units)::text),
        ('rate_date', it.rate_date::text, app.sound_day(it.rate_date)::text)
    ) AS named (column_name, value, sound)
WHERE named.value <> coalesce(named.sound, '')
UNION ALL
SELECT
    'emag_sync_logs' AS table_name,
    it.id::text AS row_id,
    named.column_name,
    named.value
FROM app.emag_sync_logs AS it
CROSS JOIN
    LATERAL (
        VALUES
        ('started_at', it.started_at::text, app.sound_time(it.started_at)::text),
        ('completed_at', it.completed_at::text, app.sound_time(it.completed_at)::text)
    ) AS named (column_name, value, sound)
WHERE named.value <> coalesce(named.sound, '')
ORDER BY table_name, row_id, column_name;
