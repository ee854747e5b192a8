-- What was sold in the last 90 days and is no offer of its account: neither by offer id nor by PNK nor by SKU.
SELECT
    line.account_type,
    line.product_id,
    line.part_number_key,
    line.part_number,
    count(*) AS lines,
    max(sold.ordered_on) AS last_ordered_on
FROM app.emag_orders AS sold
INNER JOIN app.emag_order_lines AS line
    ON sold.account_type = line.account_type AND sold.order_id = line.order_id
WHERE
    sold.account_type = any(%(accounts)s)
    AND sold.ordered_at > now() - interval '90 days'
    AND sold.status IS DISTINCT FROM 0
    AND line.status IS DISTINCT FROM 0
    AND NOT EXISTS (
        SELECT FROM app.emag_products_v2 AS product
        WHERE product.account_type = line.account_type AND product.emag_id = line.product_id
    )
    AND NOT EXISTS (
        SELECT FROM app.emag_products_v2 AS product
        WHERE product.account_type = line.account_type AND product.part_number_key = line.part_number_key
    )
    AND NOT EXISTS (
        SELECT FROM app.emag_products_v2 AS product
        WHERE product.account_type = line.account_type AND product.sku = line.part_number
    )
    AND NOT EXISTS (
        SELECT FROM app.emag_products_v2 AS product
        WHERE product.account_type = line.account_type AND product.sku = line.ext_part_number
    )
GROUP BY line.account_type, line.product_id, line.part_number_key, line.part_number
ORDER BY line.account_type, lines DESC, line.product_id;
