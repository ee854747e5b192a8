-- When an order arrives, and when one has to order: a lead time stands still on days on which the supplier is closed.
-- suppliers/costs.py has the same rules in Python and explains them; tests compare the two.

CREATE OR REPLACE VIEW app.supplier_closed_days AS
SELECT
    name.canonical_id AS supplier_id,
    range_agg(daterange(closure.starts_on, closure.ends_on, '[]')) AS closed
FROM app.supplier_names AS name
INNER JOIN app.supplier_closures AS closure
    ON name.supplier_id = closure.supplier_id OR (closure.supplier_id IS NULL AND name.supplier_id = name.canonical_id)
GROUP BY name.canonical_id;
COMMENT ON VIEW app.supplier_closed_days IS
'The days on which each supplier is closed: by closures of his own, under whichever spelling, and of all suppliers';
COMMENT ON COLUMN app.supplier_closed_days.supplier_id IS 'The supplier (supplier_names.canonical_id)';
COMMENT ON COLUMN app.supplier_closed_days.closed IS 'The days, in Bucharest; where closures overlap, each counts once';

CREATE OR REPLACE VIEW app.closed_for_all AS
SELECT range_agg(daterange(starts_on, ends_on, '[]')) AS closed
FROM app.supplier_closures
WHERE supplier_id IS NULL;
COMMENT ON VIEW app.closed_for_all IS
'The days on which all suppliers are closed, in one row: also where none is known, whoever it will be is closed then';
COMMENT ON COLUMN app.closed_for_all.closed IS 'The days, in Bucharest; null: there are none';

CREATE OR REPLACE FUNCTION app.open_days(ordered date, received date, closed datemultirange) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN received - ordered - (
    SELECT coalesce(sum(upper(pause) - lower(pause)), 0)::integer
    FROM unnest(closed * datemultirange(daterange(ordered, received, '(]'))) AS pause
);
COMMENT ON FUNCTION app.open_days(date, date, datemultirange) IS
'Days after ordered, up to and with received, on which a supplier is not closed';

-- From the first pause on, each moves the arrival by its days if it begins by then.
CREATE OR REPLACE FUNCTION app.arrives_on(ordered date, lead_days numeric, closed datemultirange) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ordered + ceil(lead_days)::integer + (
    SELECT coalesce(sum(days), 0)::integer
    FROM (
        SELECT
            lower(pause) AS first_day,
            upper(pause) - lower(pause) AS days,
            (sum(upper(pause) - lower(pause)) OVER (ORDER BY lower(pause)))::integer
            - (upper(pause) - lower(pause)) AS days_before
        FROM unnest(closed * datemultirange(daterange(ordered, NULL, '()'))) AS pause
    ) AS paused
    WHERE first_day <= ordered + ceil(lead_days)::integer + days_before
);
COMMENT ON FUNCTION app.arrives_on(date, numeric, datemultirange) IS
'Day on which the pieces of an order can be sold: lead_days, begun days whole, after it, closed days not counted';

CREATE OR REPLACE FUNCTION app.closed_days(ordered date, lead_days numeric, closed datemultirange) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(app.arrives_on(ordered, lead_days, closed) - ordered - ceil(lead_days)::integer, 0);
COMMENT ON FUNCTION app.closed_days(date, numeric, datemultirange) IS
'Closed days by which an order arrives later (app.arrives_on); 0 where closed is null';

-- The same from the needed day back, from the last pause on.
CREATE OR REPLACE FUNCTION app.order_by(arrival_needed date, lead_days numeric, closed datemultirange) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN arrival_needed - ceil(lead_days)::integer - (
    SELECT coalesce(sum(days), 0)::integer
    FROM (
        SELECT
            upper(pause) - 1 AS last_day,
            upper(pause) - lower(pause) AS days,
            (sum(upper(pause) - lower(pause)) OVER (ORDER BY lower(pause) DESC))::integer
            - (upper(pause) - lower(pause)) AS days_after
        FROM unnest(closed * datemultirange(daterange(NULL, arrival_needed, '(]'))) AS pause
    ) AS paused
    WHERE last_day > arrival_needed - ceil(lead_days)::integer - days_after
);
COMMENT ON FUNCTION app.order_by(date, numeric, datemultirange) IS
'Last day on which an order arrives by arrival_needed (app.arrives_on)';

CREATE OR REPLACE FUNCTION app.arrives_on(ordered date, lead_days numeric, supplier bigint) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
RETURN app.arrives_on(
    ordered,
    lead_days,
    coalesce((SELECT known.closed FROM app.supplier_closed_days AS known WHERE known.supplier_id = supplier), '{}')
);
COMMENT ON FUNCTION app.arrives_on(date, numeric, bigint) IS
'The same, with the closures of a supplier (supplier_names.canonical_id). For many items join supplier_closed_days';

CREATE OR REPLACE FUNCTION app.order_by(arrival_needed date, lead_days numeric, supplier bigint) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
RETURN app.order_by(
    arrival_needed,
    lead_days,
    coalesce((SELECT known.closed FROM app.supplier_closed_days AS known WHERE known.supplier_id = supplier), '{}')
);
COMMENT ON FUNCTION app.order_by(date, numeric, bigint) IS
'The same, with the closures of a supplier (supplier_names.canonical_id). For many items join supplier_closed_days';
