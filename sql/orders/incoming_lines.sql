-- Completes the lines of the page by what is stored: no value is lost to a row that lacks it, and no line to a row
-- without products or customer.
INSERT INTO incoming_order_lines AS incoming (
    order_id, line_id, product_id, part_number_key, part_number, ext_part_number, status, quantity, initial_qty,
    storno_qty, sale_price, original_price, currency, vat_rate
)
SELECT
    line.order_id,
    line.line_id,
    line.product_id,
    line.part_number_key,
    line.part_number,
    line.ext_part_number,
    line.status,
    line.quantity,
    line.initial_qty,
    line.storno_qty,
    line.sale_price,
    line.original_price,
    line.currency,
    line.vat_rate
FROM incoming_orders AS page
INNER JOIN app.emag_order_lines AS line
    ON page.account_type = line.account_type AND page.order_id = line.order_id
LEFT JOIN incoming_order_lines AS sent
    ON line.order_id = sent.order_id AND line.line_id = sent.line_id
WHERE sent.order_id IS NOT NULL OR NOT page.is_whole
ON CONFLICT (order_id, line_id) DO UPDATE SET
    product_id = coalesce(incoming.product_id, excluded.product_id),
    part_number_key = coalesce(incoming.part_number_key, excluded.part_number_key),
    part_number = coalesce(incoming.part_number, excluded.part_number),
    ext_part_number = coalesce(incoming.ext_part_number, excluded.ext_part_number),
    status = coalesce(incoming.status, excluded.status),
    quantity = coalesce(incoming.quantity, excluded.quantity),
    initial_qty = coalesce(incoming.initial_qty, excluded.initial_qty),
    storno_qty = coalesce(incoming.storno_qty, excluded.storno_qty),
    sale_price = coalesce(incoming.sale_price, excluded.sale_price),
    original_price = coalesce(incoming.original_price, excluded.original_price),
    currency = coalesce(incoming.currency, excluded.currency),
    vat_rate = coalesce(incoming.vat_rate, excluded.vat_rate);
