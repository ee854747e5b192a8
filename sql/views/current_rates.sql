-- The exchange rate of today of each currency: the newest that is not of the future.
CREATE OR REPLACE VIEW app.current_rates AS
WITH newest AS (
    SELECT DISTINCT ON (currency)
        currency,
        (app.sound_price(ron) / app.sound_units(units))::numeric(20, 10) AS ron,
        rate_date,
        source
    FROM app.exchange_rates
    WHERE
        rate_date <= (now() AT TIME ZONE 'Europe/Bucharest')::date
        AND currency <> 'RON'
        -- More RON than any money costs cannot be, and would be too large for what is computed from it.
        AND app.sound_price(ron) / app.sound_units(units) BETWEEN 0.0000000001 AND 100000
    ORDER BY currency, rate_date DESC
)

SELECT
    currency,
    ron,
    rate_date,
    source
FROM newest
UNION ALL
SELECT
    'RON' AS currency,
    1 AS ron,
    NULL AS rate_date,
    NULL AS source;
COMMENT ON VIEW app.current_rates IS
'The newest exchange rate of each currency as of today in Bucharest, and RON itself. A currency without a row has no'
' rate: it never counts as 1';
COMMENT ON COLUMN app.current_rates.currency IS 'ISO 4217 code';
COMMENT ON COLUMN app.current_rates.ron IS 'RON for one unit of it';
COMMENT ON COLUMN app.current_rates.rate_date IS 'Day of the rate; null: RON';
COMMENT ON COLUMN app.current_rates.source IS 'Who says so (exchange_rates.source)';

CREATE OR REPLACE FUNCTION app.rate_on(wanted text, day date) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN wanted = 'RON' THEN 1
    ELSE (
        SELECT (app.sound_price(known.ron) / app.sound_units(known.units))::numeric(20, 10)
        FROM app.exchange_rates AS known
        WHERE
            known.currency = wanted
            AND known.rate_date <= day
            AND app.sound_price(known.ron) / app.sound_units(known.units) BETWEEN 0.0000000001 AND 100000
        ORDER BY known.rate_date DESC
        LIMIT 1
    )
END;
COMMENT ON FUNCTION app.rate_on(text, date) IS
'RON for one unit of a currency by the newest exchange rate of a day or before it; null: none is known';
