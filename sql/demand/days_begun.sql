-- Before demand_days is built: takes the account's changes away, and answers what they touched: days, and SKUs of
-- offers that came, went or go by another name, as the text of their array: as a million texts they would take half the
-- memory of a sync. A change that commits from here on leaves its row for the next build.
-- Parameters: account_type.
WITH change AS (
    DELETE FROM app.input_changes
    WHERE name = 'demand_days' AND account_type = %(account_type)s
    RETURNING day, sku, emag_id, part_number_key
),

whole AS (
    SELECT FROM change
    WHERE day IS NULL AND emag_id IS NULL
),

line AS (
    SELECT
        sold.ordered_on,
        line.product_id,
        line.part_number_key,
        line.part_number,
        line.ext_part_number
    FROM app.emag_orders AS sold
    INNER JOIN app.emag_order_lines AS line
        ON sold.account_type = line.account_type AND sold.order_id = line.order_id
    WHERE sold.account_type = %(account_type)s AND EXISTS (SELECT FROM change WHERE emag_id IS NOT NULL)
),

touched AS (
    SELECT day FROM change
    UNION
    SELECT ordered_on FROM line INNER JOIN change ON line.product_id = change.emag_id
    UNION
    SELECT ordered_on FROM line INNER JOIN change ON line.part_number_key = change.part_number_key
    UNION
    SELECT ordered_on FROM line INNER JOIN change ON line.part_number = change.sku
    UNION
    SELECT ordered_on FROM line INNER JOIN change ON line.ext_part_number = change.sku
    UNION
    SELECT ordered_on FROM app.emag_orders
    WHERE account_type = %(account_type)s AND EXISTS (SELECT FROM whole)
    UNION
    SELECT day FROM app.sales_elsewhere
    WHERE account_type = %(account_type)s AND EXISTS (SELECT FROM whole)
    UNION
    SELECT day FROM app.demand_days
    WHERE account_type = %(account_type)s AND EXISTS (SELECT FROM whole)
)

SELECT
    coalesce((SELECT array_agg(day ORDER BY day) FROM touched WHERE day IS NOT NULL), '{}') AS days,
    coalesce((SELECT array_agg(DISTINCT sku) FROM change WHERE sku IS NOT NULL), '{}')::text AS skus
