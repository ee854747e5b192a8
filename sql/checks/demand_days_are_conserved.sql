-- Days on which demand_days has another number of pieces than the lines that count, those without an offer included, or
-- than the sales of other channels. Of a day that is still to be built nothing is said.
WITH line AS (
    SELECT
        sold.account_type,
        sold.ordered_on AS day,
        sum(
            CASE
                WHEN line.initial_qty IS NULL THEN line.quantity + coalesce(line.storno_qty, 0)
                WHEN line.storno_qty > 0 THEN line.initial_qty
                ELSE greatest(line.initial_qty, line.quantity)
            END
        ) AS ordered
    FROM app.emag_orders AS sold
    INNER JOIN app.emag_order_lines AS line
        ON sold.account_type = line.account_type AND sold.order_id = line.order_id
    WHERE
        sold.account_type = any(%(accounts)s)
        AND sold.ordered_on IS NOT NULL
        AND sold.status IS DISTINCT FROM 0
        AND line.status = 1
        AND greatest(line.quantity, line.initial_qty, line.storno_qty) < 1000000000
        AND (line.quantity IS NOT NULL OR line.initial_qty IS NOT NULL)
    GROUP BY sold.account_type, sold.ordered_on
),

elsewhere AS (
    SELECT
        account_type,
        day,
        sum(quantity) AS pieces
    FROM app.sales_elsewhere
    WHERE account_type = any(%(accounts)s)
    GROUP BY account_type, day
),

built AS (
    SELECT
        account_type,
        day,
        sum(ordered_units) AS ordered,
        sum(elsewhere_units) AS elsewhere
    FROM app.demand_days
    WHERE account_type = any(%(accounts)s)
    GROUP BY account_type, day
),

compared AS (
    SELECT
        account_type,
        day,
        coalesce(line.ordered, 0) AS ordered,
        coalesce(built.ordered, 0) AS built_ordered,
        coalesce(elsewhere.pieces, 0) AS sold_elsewhere,
        coalesce(built.elsewhere, 0) AS built_elsewhere
    FROM line
    FULL JOIN elsewhere USING (account_type, day)
    FULL JOIN built USING (account_type, day)
),

-- Offers are looked up only for the days that do not agree without them.
counted AS (
    SELECT
        compared.*,
        (
            SELECT coalesce(sum(unmatched.ordered_units), 0) FROM app.sold_lines AS unmatched
            WHERE
                unmatched.account_type = compared.account_type
                AND unmatched.day = compared.day
                AND unmatched.sku IS NULL
        ) AS without_offer
    FROM compared
    WHERE compared.ordered <> compared.built_ordered OR compared.sold_elsewhere <> compared.built_elsewhere
)

SELECT
    account_type,
    day,
    ordered,
    built_ordered,
    without_offer,
    sold_elsewhere,
    built_elsewhere
FROM counted
WHERE
    (ordered <> built_ordered + without_offer OR sold_elsewhere <> built_elsewhere)
    AND NOT EXISTS (
        SELECT FROM app.input_changes AS change
        WHERE
            change.name = 'demand_days'
            AND change.account_type = counted.account_type
            AND (change.day IS NULL OR change.day = counted.day)
    )
ORDER BY account_type, day
