-- Stores the rates of a feed. Parameters, of one length: currency, rate_date, units, ron; and source. What a person
-- entered for a day stays.
INSERT INTO app.exchange_rates (currency, rate_date, units, ron, source)
SELECT
    read.currency,
    read.rate_date,
    read.units,
    read.ron,
    %(source)s AS source
FROM
    unnest(%(currency)s::text[], %(rate_date)s::date[], %(units)s::integer[], %(ron)s::numeric[])
        AS read (currency, rate_date, units, ron)
ON CONFLICT (currency, rate_date) DO UPDATE
    SET units = excluded.units, ron = excluded.ron
    WHERE
        exchange_rates.source = excluded.source
        AND (exchange_rates.units, exchange_rates.ron) IS DISTINCT FROM (excluded.units, excluded.ron)
