-- Orders to suppliers, one row each: what was ordered, what it costs, what is late.
CREATE OR REPLACE VIEW app.supplier_orders AS
WITH line AS (
    SELECT
        purchase_order_id,
        coalesce(app.sound_pieces(quantity), 0) AS quantity,
        least(coalesce(app.sound_pieces(received_quantity), 0), coalesce(app.sound_pieces(quantity), 0)) AS received,
        app.sound_cost(unit_price) AS unit_price,
        app.sound_day(expected_on) AS expected_on
    FROM app.purchase_order_items
),

total AS (
    SELECT
        purchase_order_id,
        count(*) AS lines,
        sum(quantity)::bigint AS pieces,
        sum(quantity - received)::bigint AS pieces_to_come,
        sum(quantity * unit_price) AS value,
        count(*) FILTER (WHERE unit_price IS NULL) AS lines_not_valued,
        min(expected_on) FILTER (WHERE received < quantity) AS expected_on
    FROM line
    GROUP BY purchase_order_id
),

purchase AS (
    SELECT
        id,
        supplier_id,
        status,
        upper(currency) AS currency,
        (coalesce(app.sound_time(ordered_at), app.sound_time(created_at)) AT TIME ZONE 'Europe/Bucharest')::date
            AS ordered_on,
        app.sound_day(expected_on) AS expected_on
    FROM app.purchase_orders
    WHERE status NOT IN ('draft', 'cancelled')
)

SELECT
    purchase.id AS purchase_order_id,
    supplier.name AS supplier_name,
    purchase.status,
    purchase.ordered_on,
    coalesce(total.expected_on, purchase.expected_on) AS expected_on,
    coalesce(total.lines, 0) AS lines,
    coalesce(total.pieces, 0) AS pieces,
    coalesce(total.pieces_to_come, 0) AS pieces_to_come,
    total.value,
    purchase.currency,
    coalesce(total.lines_not_valued, 0) AS lines_not_valued,
    round(total.value * CASE WHEN purchase.currency = 'RON' THEN 1 ELSE rate.ron / rate.units END, 2) AS value_ron,
    rate.rate_date,
    CASE
        WHEN purchase.status = 'received' OR coalesce(total.pieces_to_come, 0) = 0 THEN 0
        WHEN coalesce(total.expected_on, purchase.expected_on) IS NOT NULL -- greatest() would take null for 0
            THEN greatest(
                (now() AT TIME ZONE 'Europe/Bucharest')::date - coalesce(total.expected_on, purchase.expected_on), 0
            )
    END AS days_late
FROM purchase
LEFT JOIN app.suppliers AS supplier ON purchase.supplier_id = supplier.id
LEFT JOIN total ON purchase.id = total.purchase_order_id
LEFT JOIN LATERAL (
    SELECT
        app.sound_price(known.ron) AS ron,
        app.sound_units(known.units) AS units,
        known.rate_date
    FROM app.exchange_rates AS known
    WHERE known.currency = purchase.currency AND known.rate_date <= purchase.ordered_on
    ORDER BY known.rate_date DESC
    LIMIT 1
) AS rate ON TRUE;
COMMENT ON VIEW app.supplier_orders IS
'Orders to suppliers that were sent, one row each: pieces, value, and by how many days they are late. An impossible'
' number counts as 0';
COMMENT ON COLUMN app.supplier_orders.purchase_order_id IS 'The order (purchase_orders.id)';
COMMENT ON COLUMN app.supplier_orders.supplier_name IS 'The supplier';
COMMENT ON COLUMN app.supplier_orders.status IS 'sent, confirmed, partially_received or received';
COMMENT ON COLUMN app.supplier_orders.ordered_on IS
'Day it was sent, Europe/Bucharest; where nobody wrote it, the day of the row';
COMMENT ON COLUMN app.supplier_orders.expected_on IS
'Day the goods are expected, Europe/Bucharest: the first of the lines that are still to come, else that of the order';
COMMENT ON COLUMN app.supplier_orders.lines IS 'Lines of the order';
COMMENT ON COLUMN app.supplier_orders.pieces IS 'Pieces ordered';
COMMENT ON COLUMN app.supplier_orders.pieces_to_come IS 'Pieces ordered and not yet received';
COMMENT ON COLUMN app.supplier_orders.value IS 'Pieces at their prices, in currency, without lines that have no price';
COMMENT ON COLUMN app.supplier_orders.currency IS 'ISO 4217 code of the prices';
COMMENT ON COLUMN app.supplier_orders.lines_not_valued IS 'Lines that value leaves out';
COMMENT ON COLUMN app.supplier_orders.value_ron IS
'value in RON; null: no price, no currency, or no exchange rate of its day or before';
COMMENT ON COLUMN app.supplier_orders.rate_date IS 'Day of the exchange rate that value_ron is by';
COMMENT ON COLUMN app.supplier_orders.days_late IS
'Days since the goods were expected, while some are still to come; 0: not late; null: nobody wrote when to expect them';
