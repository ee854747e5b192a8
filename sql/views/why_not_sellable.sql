-- Why offers cannot be bought, in words. The low-stock report says it of active items alone. Named after what it reads:
-- views are made in the order of their files' names.
CREATE OR REPLACE FUNCTION app.not_sellable_words(texts jsonb, codes text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT
        string_agg(
            (texts ->> replace(each.code, 'translation ', ''))
            || CASE WHEN each.code LIKE '%validation %' THEN ' (' || each.code || ')' ELSE '' END,
            '; ' ORDER BY each.place
        )
    FROM string_to_table(codes, '; ') WITH ORDINALITY AS each (code, place)
);
COMMENT ON FUNCTION app.not_sellable_words(jsonb, text) IS
'The words of app.not_sellable_codes in the language of texts (app.report_templates), joined by "; "';

CREATE OR REPLACE VIEW app.not_sellable_offers AS
WITH texts AS MATERIALIZED ( -- made once, and not for each offer
    SELECT
        app.report_templates('en') AS en,
        app.report_templates('ro') AS ro
)

SELECT
    product.account_type,
    product.emag_id,
    product.sku,
    product.part_number_key,
    product.name,
    product.brand,
    product.is_active,
    sellable.codes,
    app.not_sellable_words(texts.en, sellable.codes) AS reason,
    app.not_sellable_words(texts.ro, sellable.codes) AS reason_ro,
    coalesce(terms.price, product.price) AS price,
    product.currency,
    product.stock_quantity,
    demand.expected_daily_demand
FROM app.emag_products_v2 AS product
INNER JOIN app.configured_accounts AS account ON product.account_type = account.account_type
CROSS JOIN texts
LEFT JOIN app.emag_product_offers_v2 AS terms
    ON product.account_type = terms.account_type AND product.emag_id = terms.emag_offer_id
LEFT JOIN app.demand AS demand ON product.account_type = demand.account_type AND product.sku = demand.sku
CROSS JOIN
    LATERAL app.not_sellable_codes(
        product.status,
        coalesce(terms.price, product.price),
        product.validation_status,
        product.offer_validation_status,
        product.translation_validation_status,
        coalesce(terms.visibility, 'visible') = 'hidden'
    ) AS sellable
WHERE product.removed_at IS NULL AND sellable.codes IS NOT NULL;
COMMENT ON VIEW app.not_sellable_offers IS
'Offers of the configured accounts that no customer can buy, stock aside, and why: one row per account and offer id,'
' inactive ones included, removed ones not';
COMMENT ON COLUMN app.not_sellable_offers.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.not_sellable_offers.emag_id IS 'Seller''s offer id';
COMMENT ON COLUMN app.not_sellable_offers.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.not_sellable_offers.part_number_key IS 'eMAG catalogue code (PNK)';
COMMENT ON COLUMN app.not_sellable_offers.name IS 'Title';
COMMENT ON COLUMN app.not_sellable_offers.brand IS 'Brand';
COMMENT ON COLUMN app.not_sellable_offers.is_active IS
'false: it was taken out of sale (status 0 or 2); true: it should sell, and cannot';
COMMENT ON COLUMN app.not_sellable_offers.codes IS 'Why, as codes joined by "; "';
COMMENT ON COLUMN app.not_sellable_offers.reason IS 'Why, in English';
COMMENT ON COLUMN app.not_sellable_offers.reason_ro IS 'The same in Romanian';
COMMENT ON COLUMN app.not_sellable_offers.price IS 'Selling price without VAT, in currency; null: it has none';
COMMENT ON COLUMN app.not_sellable_offers.currency IS 'ISO 4217 code of the price';
COMMENT ON COLUMN app.not_sellable_offers.stock_quantity IS 'Pieces published';
COMMENT ON COLUMN app.not_sellable_offers.expected_daily_demand IS
'Pieces a day that it would be expected to sell (demand); null: not known';
