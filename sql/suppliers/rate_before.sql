-- The newest possible rate of a currency before a day, or of the day itself from one source; where there is none, that
-- of the day from any source: the first rate of a currency has no other to be compared with.
-- Parameters: currency, rate_date, source_of_its_day (null: not of the day).
SELECT
    currency,
    rate_date,
    app.sound_units(units) AS units,
    app.sound_price(ron) AS ron
FROM app.exchange_rates
WHERE
    currency = %(currency)s
    AND (rate_date < %(rate_date)s OR (rate_date = %(rate_date)s AND %(source_of_its_day)s::text IS NOT NULL))
    AND app.sound_units(units) > 0
    AND app.sound_price(ron) > 0
ORDER BY rate_date = %(rate_date)s AND source <> %(source_of_its_day)s, rate_date DESC
LIMIT 1
