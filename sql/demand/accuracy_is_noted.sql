-- Whether the forecasts of an account were compared today. Parameters: account_type.
SELECT exists(
    SELECT FROM app.forecast_accuracy
    WHERE account_type = %(account_type)s AND day = (now() AT TIME ZONE 'Europe/Bucharest')::date
) AS is_noted
