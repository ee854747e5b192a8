-- The day of the newest rate that was read from the feed; null: none was. Parameter: source.
SELECT max(rate_date) AS rate_date
FROM app.exchange_rates
WHERE source = %(source)s AND rate_date <= (now() AT TIME ZONE 'Europe/Bucharest')::date
