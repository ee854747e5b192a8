-- Which currencies costs and prices need a rate of. Sorts after current_rates.sql, which it uses.
CREATE OR REPLACE VIEW app.used_rates AS
WITH used AS (
    SELECT currency FROM app.supplier_unit_prices
    UNION
    SELECT coalesce(currency, 'CNY') AS currency
    FROM app.supplier_terms
    WHERE greatest(freight_per_kg, freight_per_m3, freight_per_order, minimum_order_value) > 0
    UNION
    SELECT offer.currency
    FROM app.emag_products_v2 AS offer
    INNER JOIN app.configured_accounts AS account ON offer.account_type = account.account_type
    WHERE offer.is_active AND offer.currency IS NOT NULL
)

SELECT
    used.currency,
    rate.rate_date,
    rate.source
FROM used
LEFT JOIN app.current_rates AS rate ON used.currency = rate.currency
WHERE used.currency <> 'RON';
COMMENT ON VIEW app.used_rates IS
'The foreign currencies of prices and freight of suppliers and of offers, each with the day of its newest rate';
COMMENT ON COLUMN app.used_rates.currency IS 'ISO 4217 code';
COMMENT ON COLUMN app.used_rates.rate_date IS 'Day of its newest rate (current_rates); null: there is none';
COMMENT ON COLUMN app.used_rates.source IS 'Who says so';
