-- Currencies in use (prices of suppliers, their freight, offers) whose exchange rate is missing, or older than
-- MAGFLOW_RATE_AGE_DAYS. What to do: magflow rates read, or magflow rates set.
SELECT
    used.currency,
    rate.rate_date,
    rate.source,
    CASE WHEN rate.currency IS NULL THEN 'there is none' ELSE 'it is old' END
    || ': magflow rates read, or magflow rates set ' || used.currency || ' RATE' AS what_to_do
FROM (
    SELECT currency FROM app.supplier_unit_prices
    UNION
    SELECT coalesce(currency, 'CNY') FROM app.supplier_terms
    WHERE greatest(freight_per_kg, freight_per_m3, freight_per_order, minimum_order_value) > 0
    UNION
    SELECT currency FROM app.emag_products_v2
    WHERE is_active AND currency IS NOT NULL AND account_type = any(%(accounts)s)
) AS used
LEFT JOIN app.current_rates AS rate ON used.currency = rate.currency
WHERE
    used.currency <> 'RON'
    AND (
        rate.currency IS NULL
        OR rate.rate_date < (now() AT TIME ZONE 'Europe/Bucharest')::date - %(rate_age_days)s::integer
    )
ORDER BY used.currency
