-- Stores a rate that a person entered. Parameters: currency, rate_date, units, ron, source.
INSERT INTO app.exchange_rates (currency, rate_date, units, ron, source)
VALUES (%(currency)s, %(rate_date)s, %(units)s, %(ron)s, %(source)s)
ON CONFLICT (currency, rate_date) DO UPDATE
    SET units = excluded.units, ron = excluded.ron, source = excluded.source
