-- Makes demand_days equal to its lines on some days, by difference, and notes the items whose demand is stale by it:
-- not by today's sales, which demand learns when the day is over. Answers how many rows were inserted, changed or
-- deleted. Parameters: account_type, days, skus (of offers that changed).
WITH line AS (
    SELECT
        sku,
        day,
        order_id,
        sum(ordered_units) AS ordered_units,
        sum(kept_units) AS kept_units
    FROM app.sold_lines
    WHERE account_type = %(account_type)s AND day = any(%(days)s::date[]) AND sku IS NOT NULL
    GROUP BY sku, day, order_id
    HAVING sum(ordered_units) > 0
),

sold AS (
    SELECT
        sku,
        day,
        sum(ordered_units)::bigint AS ordered_units,
        sum(ordered_units - kept_units)::bigint AS returned_units,
        count(*)::integer AS orders,
        max(kept_units)::bigint AS largest_order
    FROM line
    GROUP BY sku, day
),

elsewhere AS (
    SELECT
        sku,
        day,
        sum(quantity)::bigint AS elsewhere_units
    FROM app.sales_elsewhere
    WHERE account_type = %(account_type)s AND day = any(%(days)s::date[]) AND quantity > 0
    GROUP BY sku, day
),

built AS (
    SELECT
        sku,
        day,
        coalesce(sold.ordered_units, 0) AS ordered_units,
        coalesce(sold.returned_units, 0) AS returned_units,
        coalesce(elsewhere.elsewhere_units, 0) AS elsewhere_units,
        coalesce(sold.orders, 0) AS orders,
        coalesce(sold.largest_order, 0) AS largest_order
    FROM sold
    FULL JOIN elsewhere USING (sku, day)
),

stored AS (
    SELECT * FROM app.demand_days
    WHERE account_type = %(account_type)s AND day = any(%(days)s::date[])
),

-- Compared before ON CONFLICT, which would lock, and so write, unchanged rows too.
difference AS MATERIALIZED (
    SELECT
        sku,
        day,
        built.ordered_units,
        built.returned_units,
        built.elsewhere_units,
        built.orders,
        built.largest_order,
        built.ordered_units IS NULL AS is_gone
    FROM built
    FULL JOIN stored USING (sku, day)
    WHERE
        (built.ordered_units, built.returned_units, built.elsewhere_units, built.orders, built.largest_order)
        IS DISTINCT FROM (
            stored.ordered_units, stored.returned_units, stored.elsewhere_units, stored.orders, stored.largest_order
        )
),

gone AS (
    DELETE FROM app.demand_days AS known
    USING difference
    WHERE
        difference.is_gone
        AND known.account_type = %(account_type)s
        AND known.sku = difference.sku
        AND known.day = difference.day
),

written AS (
    INSERT INTO app.demand_days (
        account_type, sku, day, ordered_units, returned_units, elsewhere_units, orders, largest_order
    )
    SELECT
        %(account_type)s,
        sku,
        day,
        ordered_units,
        returned_units,
        elsewhere_units,
        orders,
        largest_order
    FROM difference
    WHERE NOT is_gone
    ORDER BY sku, day
    ON CONFLICT (account_type, sku, day) DO UPDATE SET
        ordered_units = excluded.ordered_units,
        returned_units = excluded.returned_units,
        elsewhere_units = excluded.elsewhere_units,
        orders = excluded.orders,
        largest_order = excluded.largest_order,
        updated_at = excluded.updated_at
),

noted AS (
    INSERT INTO app.input_changes (name, account_type, table_name, sku)
    SELECT
        'demand' AS name,
        %(account_type)s,
        'demand_days' AS table_name,
        touched.sku
    FROM (
        SELECT sku FROM difference
        WHERE day < (now() AT TIME ZONE 'Europe/Bucharest')::date
        UNION
        SELECT unnest(%(skus)s::text[]) AS sku
    ) AS touched
)

SELECT count(*) FROM difference
