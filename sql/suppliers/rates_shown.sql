-- The newest rate of each currency, with its age and whether one of the day is needed. Parameter: rate_age_days.
SELECT
    rate.currency,
    stored.units,
    stored.ron,
    rate.rate_date,
    (now() AT TIME ZONE 'Europe/Bucharest')::date - rate.rate_date AS age_days,
    rate.source,
    CASE
        WHEN rate.rate_date < (now() AT TIME ZONE 'Europe/Bucharest')::date - %(rate_age_days)s::integer THEN 'old'
    END AS note
FROM app.current_rates AS rate
INNER JOIN app.exchange_rates AS stored ON rate.currency = stored.currency AND rate.rate_date = stored.rate_date
ORDER BY rate.currency
