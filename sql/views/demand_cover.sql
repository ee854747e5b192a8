-- How long a stock lasts, what it costs when it does not, and in which order a buyer reads. purchasing/cover.py is the
-- same rule in Python and explains it; a test compares the two. Single SELECTs, so that PostgreSQL inlines them. A
-- quotient has as many places as what is divided: 20, so that it is rounded once.

CREATE OR REPLACE FUNCTION app.lead_time_days() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 45;
COMMENT ON FUNCTION app.lead_time_days() IS
'Days from an order to a supplier until its pieces can be sold, of every supplier until lead times are learned';

CREATE OR REPLACE FUNCTION app.demand_cover(
    available bigint, on_order bigint, expected numeric, drawn numeric, price_ron numeric, is_sellable boolean,
    today date
) RETURNS TABLE (days_of_cover numeric, stock_out_date date, ron_at_risk_per_day numeric)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT
        cover.days,
        CASE WHEN cover.days <= 3650 THEN today + floor(cover.days)::integer END,
        CASE
            WHEN available IS NULL OR expected IS NULL THEN NULL
            WHEN expected = 0 OR NOT is_sellable THEN 0.00
            ELSE round(
                (expected * price_ron * greatest(lead.units - greatest(available + on_order, 0), 0))::numeric(90, 20)
                / lead.units,
                2
            )
        END
    -- greatest() would take null for 0
    FROM (
        SELECT round((CASE WHEN available < 0 THEN 0 ELSE available END)::numeric(40, 20) / nullif(drawn, 0), 2)
    ) AS cover (days)
    CROSS JOIN (SELECT greatest(drawn, expected) * app.lead_time_days()) AS lead (units)
$$;
COMMENT ON FUNCTION app.demand_cover(bigint, bigint, numeric, numeric, numeric, boolean, date) IS
'Days until a stock is sold out, the day, and RON a day at risk. available null: the stock is not known; drawn: what'
' all accounts on its warehouse are expected to sell a day; price_ron null: not known';

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
'Sorted by it, the report begins with what costs most a day. Then what runs out and may cost something that is not'
' known; then the rest. Within each: the worst status, then the smallest stock';
