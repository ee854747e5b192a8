-- Notes the currencies in use without a fresh rate, for incidents_now. Parameter: rate_age_days.
WITH old AS (
    SELECT currency
    FROM app.used_rates
    WHERE (rate_date >= (now() AT TIME ZONE 'Europe/Bucharest')::date - %(rate_age_days)s::integer) IS NOT TRUE
),

gone AS (
    DELETE FROM app.observations
    WHERE name = 'rate_old' AND subject NOT IN (SELECT old.currency FROM old)
)

INSERT INTO app.observations (name, subject, value)
SELECT
    'rate_old' AS name,
    currency AS subject,
    1 AS value
FROM old
ON CONFLICT (name, subject) DO NOTHING
