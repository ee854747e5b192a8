-- What is missing of the orders: stretches of time that were never read whole, and days without any order among many.
CREATE OR REPLACE VIEW app.order_gaps AS
WITH span AS (
    SELECT
        account_type,
        order_type,
        axis,
        coalesce(read_to, starts_at) AS starts_at,
        -- The last window reaches to the present, also after weeks in which no sync has added the next one.
        CASE
            WHEN lead(starts_at) OVER (PARTITION BY account_type, order_type, axis ORDER BY starts_at) IS NULL
                THEN now()
            ELSE least(ends_at, now())
        END AS ends_at,
        error
    FROM app.emag_order_windows
),

-- Days since the history begins that are over, as far back as demand looks.
day AS (
    SELECT
        account.account_type,
        calendar.day::date AS day
    FROM (
        SELECT
            account_type,
            greatest(
                min(starts_at) FILTER (WHERE axis = 'created'), now() - interval '400 days'
            ) AT TIME ZONE 'Europe/Bucharest' AS first_day
        FROM app.emag_order_windows
        WHERE read_to IS NOT NULL
        GROUP BY account_type
    ) AS account
    CROSS JOIN LATERAL generate_series(
        account.first_day, (now() AT TIME ZONE 'Europe/Bucharest')::date - 1, interval '1 day'
    ) AS calendar (day)
),

ordered AS (
    SELECT
        account_type,
        ordered_on,
        count(*) AS orders
    FROM app.emag_orders
    WHERE ordered_at > now() - interval '402 days'
    GROUP BY account_type, ordered_on
),

counted AS (
    SELECT
        day.account_type,
        day.day,
        coalesce(ordered.orders, 0) AS orders,
        avg(coalesce(ordered.orders, 0)) OVER (
            PARTITION BY day.account_type ORDER BY day.day ROWS BETWEEN 28 PRECEDING AND 1 PRECEDING
        ) AS usual_orders
    FROM day
    LEFT JOIN ordered ON day.account_type = ordered.account_type AND day.day = ordered.ordered_on
)

SELECT
    account_type,
    'not read' AS kind,
    order_type,
    axis,
    starts_at,
    ends_at,
    round(extract(EPOCH FROM ends_at - starts_at) / 60) AS minutes,
    error AS reason
FROM span
WHERE ends_at > starts_at
UNION ALL
SELECT
    account_type,
    'no order' AS kind,
    NULL AS order_type,
    'created' AS axis,
    day::timestamp AT TIME ZONE 'Europe/Bucharest' AS starts_at,
    (day + 1)::timestamp AT TIME ZONE 'Europe/Bucharest' AS ends_at,
    1440 AS minutes,
    format('no order on %s, where the days before it have %s', day, round(usual_orders)) AS reason
FROM counted
-- By chance alone, one day in twenty thousand.
WHERE orders = 0 AND usual_orders >= 10;
COMMENT ON VIEW app.order_gaps IS
'Gaps in the orders, each with its dates: what was not read whole (while a sync is due, up to the present), and days'
' without an order where the four weeks before have ten a day or more';
COMMENT ON COLUMN app.order_gaps.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.order_gaps.kind IS 'not read: by no sync; no order: read, and nothing came';
COMMENT ON COLUMN app.order_gaps.order_type IS '3: shipped by the seller; 2: fulfilled by eMAG; null: of both';
COMMENT ON COLUMN app.order_gaps.axis IS 'created: orders themselves are missing; modified: changes of them are';
COMMENT ON COLUMN app.order_gaps.starts_at IS 'Start of the gap, UTC';
COMMENT ON COLUMN app.order_gaps.ends_at IS 'End of the gap, UTC';
COMMENT ON COLUMN app.order_gaps.minutes IS 'Its length';
COMMENT ON COLUMN app.order_gaps.reason IS 'Why, where that is known';
