-- How long a stock lasts, what waiting with an order costs, and in which order a buyer reads. purchasing/cover.py is
-- the same rule in Python and explains it; a test compares the two. Single SELECTs, so that PostgreSQL inlines them. A
-- quotient has as many places as what is divided: 20, so that it is rounded once.

CREATE OR REPLACE FUNCTION app.lead_time_days() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 45;
COMMENT ON FUNCTION app.lead_time_days() IS
'Days from an order to a supplier until its pieces can be sold, where nothing is known of his lead time';

CREATE OR REPLACE FUNCTION app.demand_cover(
    available bigint, to_come bigint, expected numeric, planned numeric, daily_variance numeric, demand_error numeric,
    days_today numeric, days_in_a_week numeric, lead_time_spread_days numeric, margin_ron numeric, is_sellable boolean,
    today date
) RETURNS TABLE (
    days_of_cover numeric, stock_out_date date, ron_lost_by_waiting numeric, ron_at_risk_per_day numeric
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT
        cover.days,
        CASE WHEN cover.days <= 3650 THEN today + floor(cover.days)::integer END,
        waiting.lost,
        round(waiting.lost / 7, 2)
    -- greatest() would take null for 0
    FROM (
        SELECT round((CASE WHEN available < 0 THEN 0 ELSE available END)::numeric(40, 20) / nullif(planned, 0), 2)
    ) AS cover (days)
    -- Fenced, so that each number is converted once.
    CROSS JOIN (
        SELECT
            planned::double precision,
            daily_variance::double precision,
            demand_error::double precision,
            days_today::double precision,
            days_in_a_week::double precision,
            lead_time_spread_days::double precision,
            (CASE WHEN available + to_come > 0 THEN available + to_come ELSE 0 END)::double precision,
            expected::double precision * greatest(margin_ron, 0)::double precision
        OFFSET 0 -- noqa: AM09, no row is left out
    ) AS part (daily, variance, error, days, days_later, spread, position, earned)
    -- Of an order of today, and of one in a week.
    CROSS JOIN LATERAL (
        SELECT
            sqrt(part.variance * part.days + (part.error * part.days) ^ 2 + (part.daily * part.spread) ^ 2),
            sqrt(
                part.variance * part.days_later + (part.error * part.days_later) ^ 2 + (part.daily * part.spread) ^ 2
            )
    ) AS deviation (soon, later)
    CROSS JOIN LATERAL (
        SELECT
            greatest(deviation.soon * sqrt(3::double precision) / pi(), 1e-9),
            greatest(deviation.later * sqrt(3::double precision) / pi(), 1e-9)
        OFFSET 0 -- noqa: AM09, as above
    ) AS scale (soon, later)
    CROSS JOIN LATERAL (
        SELECT
            (part.daily * part.days - part.position) / scale.soon,
            (part.daily * part.days_later - part.position) / scale.later
    ) AS above (soon, later)
    CROSS JOIN LATERAL (
        SELECT
            scale.soon * (greatest(above.soon, 0) + ln(1 + exp(-least(abs(above.soon), 700)))),
            scale.later * (greatest(above.later, 0) + ln(1 + exp(-least(abs(above.later), 700))))
    ) AS short (soon, later)
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN available IS NULL OR expected IS NULL OR planned IS NULL THEN NULL
            WHEN expected = 0 OR NOT is_sellable THEN 0.00
            WHEN margin_ron IS NOT NULL
                THEN round(
                    (
                        part.earned / part.daily
                        * least(short.later - short.soon, part.daily * (part.days_later - part.days))
                    )::numeric,
                    2
                )
        END
    ) AS waiting (lost)
$$;
COMMENT ON FUNCTION app.demand_cover IS
'Days until a stock is sold out, the day, and RON lost if it is ordered in a week instead of today, also a day.'
' available null: the stock is not known; to_come: on order and in transfer; planned: what all accounts on its'
' warehouse are expected to sell a day; days_today, days_in_a_week: until an order of today, or of in a week, is there;'
' margin_ron null: not known';

CREATE OR REPLACE FUNCTION app.buying_order(
    status text, demand_method text, ron_at_risk_per_day numeric, available bigint
) RETURNS numeric[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY[
    -coalesce(ron_at_risk_per_day, 0),
    (
        ron_at_risk_per_day IS NOT NULL
        OR demand_method IS NOT DISTINCT FROM 'never sold'
        OR status IN ('in_stock', 'overstock')
    )::integer,
    array_position(ARRAY['out_of_stock', 'critical', 'low_stock', 'in_stock', 'overstock'], status),
    available
];
COMMENT ON FUNCTION app.buying_order(text, text, numeric, bigint) IS
'Sorted by it, the report begins with what waiting costs most. Then what runs out and may cost something that is not'
' known; then the rest. Within each: the worst status, then the smallest stock';
