-- The countries of eMAG. Sorts before the views that use it.
CREATE OR REPLACE VIEW app.marketplace_countries AS
SELECT
    given.country,
    given.name,
    given.vat_rate
FROM
    (
        VALUES
        ('RO', 'Romania', 0.21),
        ('BG', 'Bulgaria', 0.20),
        ('HU', 'Hungary', 0.27)
    ) AS given (country, name, vat_rate);
COMMENT ON VIEW app.marketplace_countries IS
'The countries where eMAG sells, and the VAT of most goods there (of Romania since August 2025). Prices have the'
' currency that their row says, never one of the country';
COMMENT ON COLUMN app.marketplace_countries.country IS 'ISO 3166 code';
COMMENT ON COLUMN app.marketplace_countries.name IS 'Its name';
COMMENT ON COLUMN app.marketplace_countries.vat_rate IS
'Standard rate of VAT as a fraction: counts for an offer until an order line of its VAT id tells another';
