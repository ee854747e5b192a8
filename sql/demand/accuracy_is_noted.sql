-- A row if the forecasts of an account were compared today. Parameters: account_type.
SELECT 1
FROM app.forecast_accuracy
WHERE account_type = %(account_type)s AND day = (now() AT TIME ZONE 'Europe/Bucharest')::date
LIMIT 1
