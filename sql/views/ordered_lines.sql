-- Every line of a customer's order, cancelled ones included, with the SKU of its offer as sold_lines finds it. Not its
-- base: with one view within the other, the days of demand were planned as loops over all orders. A test compares both.
CREATE OR REPLACE VIEW app.ordered_lines AS
SELECT
    sold.account_type,
    sold.order_id,
    line.line_id,
    sold.ordered_on AS day,
    coalesce(by_id.sku, by_key.sku, by_sku.sku) AS sku,
    greatest(pieces.kept, coalesce(line.initial_qty, pieces.kept + coalesce(line.storno_qty, 0))) AS ordered_units,
    -- Of a returned order everything has come back.
    CASE WHEN sold.status = 5 OR cancelled.it_is THEN 0 ELSE pieces.kept END AS kept_units,
    coalesce(line.status = 1, FALSE) AND (sold.status = 0) IS NOT TRUE AS is_sold,
    cancelled.it_is AS is_cancelled,
    sold.reason_cancellation AS cancellation_code,
    line.sale_price AS unit_price,
    line.currency,
    sold.payment_mode,
    round(line.sale_price * app.rate_on(line.currency, sold.ordered_on), 4) AS unit_price_ron
FROM app.emag_orders AS sold
INNER JOIN app.emag_order_lines AS line
    ON sold.account_type = line.account_type AND sold.order_id = line.order_id
CROSS JOIN
    LATERAL (
        -- Usually what came back is taken off the quantity; where it is not, it is taken off here.
        VALUES (greatest(
            CASE
                WHEN line.storno_qty > 0 THEN least(line.quantity, line.initial_qty - line.storno_qty)
                ELSE coalesce(line.quantity, line.initial_qty)
            END,
            0
        ))
    ) AS pieces (kept)
CROSS JOIN LATERAL (VALUES (coalesce(sold.status = 0 OR line.status = 0, FALSE))) AS cancelled (it_is)
LEFT JOIN app.emag_products_v2 AS by_id
    ON line.account_type = by_id.account_type AND line.product_id = by_id.emag_id
-- Of several offers with one PNK the one whose SKU the line names, else the oldest.
LEFT JOIN LATERAL (
    SELECT offer.sku FROM app.emag_products_v2 AS offer
    WHERE
        by_id.sku IS NULL
        AND offer.account_type = line.account_type
        AND offer.part_number_key = line.part_number_key
    ORDER BY
        coalesce(offer.sku = line.part_number, FALSE) DESC,
        coalesce(offer.sku = line.ext_part_number, FALSE) DESC,
        offer.emag_id
    LIMIT 1
) AS by_key ON TRUE
LEFT JOIN LATERAL (
    SELECT offer.sku FROM app.emag_products_v2 AS offer
    WHERE
        by_id.sku IS NULL
        AND by_key.sku IS NULL
        AND offer.account_type = line.account_type
        AND offer.sku IN (line.part_number, line.ext_part_number)
    ORDER BY coalesce(offer.sku = line.part_number, FALSE) DESC
    LIMIT 1
) AS by_sku ON TRUE
WHERE
    sold.ordered_on IS NOT NULL
    AND coalesce(line.quantity, line.initial_qty) IS NOT NULL
    -- More pieces than that are no sale, and would drown all others in the sums.
    AND greatest(line.quantity, line.initial_qty, line.storno_qty) < 1000000000;
COMMENT ON VIEW app.ordered_lines IS
'Lines of customers'' orders that have a day and a quantity, cancelled ones included: what was ordered, what was kept';
COMMENT ON COLUMN app.ordered_lines.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.ordered_lines.order_id IS 'The order (emag_orders)';
COMMENT ON COLUMN app.ordered_lines.line_id IS 'The line (emag_order_lines)';
COMMENT ON COLUMN app.ordered_lines.day IS 'The day of the order in Bucharest';
COMMENT ON COLUMN app.ordered_lines.sku IS
'SKU of the offer: found by product id, else by PNK, else by SKU; null: the account has no such offer';
COMMENT ON COLUMN app.ordered_lines.ordered_units IS
'Pieces ordered, also those that were cancelled or came back since';
COMMENT ON COLUMN app.ordered_lines.kept_units IS
'Of these: pieces that did not come back; 0 of what was cancelled';
COMMENT ON COLUMN app.ordered_lines.is_sold IS
'Whether demand counts it (sold_lines): status 1, of an order not cancelled';
COMMENT ON COLUMN app.ordered_lines.is_cancelled IS 'Whether the order or the line was cancelled';
COMMENT ON COLUMN app.ordered_lines.cancellation_code IS
'eMAG''s code of why the order was cancelled; null: none was sent';
COMMENT ON COLUMN app.ordered_lines.unit_price IS 'Price of a piece without VAT, in currency; null: none was sent';
COMMENT ON COLUMN app.ordered_lines.currency IS 'ISO 4217 code of the price';
COMMENT ON COLUMN app.ordered_lines.payment_mode IS '1 cash on delivery, 2 bank transfer, 3 card';
COMMENT ON COLUMN app.ordered_lines.unit_price_ron IS
'unit_price in RON by the rate of the day of the order (the newest of that day or before it); null: no price, or'
' none of that currency was known on that day';
