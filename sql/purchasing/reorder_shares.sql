-- The rows of reorder_shares: each account gets what it lacks, and of what rounding adds the part that it is expected
-- to sell; of less than all lack, the part that it lacks. By largest remainder (purchasing/purchases.py).
WITH part AS (
    SELECT
        lack.account_type,
        lack.sku,
        lack.raw_quantity,
        CASE WHEN purchase.quantity < purchase.raw_quantity THEN 0 ELSE lack.raw_quantity END AS first,
        CASE
            WHEN purchase.quantity < purchase.raw_quantity THEN purchase.quantity
            ELSE purchase.quantity - purchase.raw_quantity
        END AS rest,
        CASE
            WHEN purchase.quantity < purchase.raw_quantity THEN lack.raw_quantity
            WHEN sum(lack.daily) OVER of_sku > 0 THEN coalesce(lack.daily, 0)
            ELSE lack.raw_quantity
        END AS weight
    FROM planned_orders AS purchase
    INNER JOIN planned_lacks AS lack
        ON purchase.sku = lack.sku AND (lack.raw_quantity > 0 OR purchase.raw_quantity = 0)
    WINDOW of_sku AS (PARTITION BY lack.sku)
),

whole AS (
    SELECT
        *,
        div(rest * weight, sum(weight) OVER of_sku) AS more,
        mod(rest * weight, sum(weight) OVER of_sku) AS remainder
    FROM part
    WINDOW of_sku AS (PARTITION BY sku)
),

ranked AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY sku ORDER BY remainder DESC, account_type) AS place,
        rest - sum(more) OVER (PARTITION BY sku) AS left_over
    FROM whole
)

SELECT
    account_type,
    sku,
    raw_quantity,
    (first + more + (place <= left_over)::integer)::bigint AS quantity
FROM ranked
