-- Currencies in use (prices and freight of suppliers, offers) whose exchange rate is missing, or older than
-- MAGFLOW_RATE_AGE_DAYS. What to do: magflow rates read, or magflow rates set.
SELECT
    currency,
    rate_date,
    source,
    CASE WHEN rate_date IS NULL THEN 'there is none' ELSE 'it is old' END
    || ': magflow rates read, or magflow rates set ' || currency || ' RATE' AS what_to_do
FROM app.used_rates
WHERE (rate_date >= (now() AT TIME ZONE 'Europe/Bucharest')::date - %(rate_age_days)s::integer) IS NOT TRUE
ORDER BY currency
