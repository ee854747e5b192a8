-- Upserts the lines of changed orders, by difference. Needs the marks of incoming_compare.sql; runs in the same
-- transaction.
INSERT INTO app.emag_order_lines AS known (
    account_type, order_id, line_id, product_id, part_number_key, part_number, ext_part_number, status, quantity,
    initial_qty, storno_qty, sale_price, original_price, currency, vat_rate
)
SELECT
    page.account_type,
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
INNER JOIN incoming_order_lines AS line ON page.order_id = line.order_id
WHERE page.change <> 'unchanged'
ON CONFLICT (account_type, order_id, line_id) DO UPDATE SET
    product_id = excluded.product_id,
    part_number_key = excluded.part_number_key,
    part_number = excluded.part_number,
    ext_part_number = excluded.ext_part_number,
    status = excluded.status,
    quantity = excluded.quantity,
    initial_qty = excluded.initial_qty,
    storno_qty = excluded.storno_qty,
    sale_price = excluded.sale_price,
    original_price = excluded.original_price,
    currency = excluded.currency,
    vat_rate = excluded.vat_rate
WHERE to_jsonb(known) IS DISTINCT FROM to_jsonb(excluded);
