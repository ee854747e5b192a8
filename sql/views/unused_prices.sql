-- Price-list rows that count nowhere, because nothing on sale has their SKU as it is spelled, with the SKU probably
-- meant.

-- A SKU normalised for guessing: `12`, `0012`, `12.0` and full-width digits are equal, so are `aur 517` and `AUR517`.
CREATE OR REPLACE FUNCTION app.guessed_sku(sku text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN regexp_replace(
    regexp_replace(app.normalized_name(sku), '^([0-9]+)[.,]0+$', '\1'),
    '^0+(?=.)|[ _.,/\u2010-\u2015\u2212-]' COLLATE "C",
    '',
    'g'
);
COMMENT ON FUNCTION app.guessed_sku(text) IS
'A SKU without what spreadsheets and people change: case, blanks, separators, leading zeros, a decimal .0';

-- For each wanted SKU that no product has, the nearest one that a product has: equal once normalised, or else one
-- letter off, which means equal once a letter is left out of either. Two neighbours that changed places go before
-- another letter: people swap digits often, and of SKUs that are numbered one with another digit is there by chance.
CREATE OR REPLACE FUNCTION app.nearest_skus(wanted text[]) RETURNS TABLE (sku text, nearest_sku text)
LANGUAGE sql STABLE
AS $$
WITH asked AS MATERIALIZED (
    SELECT written AS sku, app.guessed_sku(written) AS guessed
    FROM (SELECT DISTINCT written FROM unnest(wanted) AS written) AS distinct_sku
    WHERE NOT EXISTS (SELECT FROM app.products AS product WHERE product.sku = written)
),

known AS MATERIALIZED (
    SELECT product.sku, app.guessed_sku(product.sku) AS guessed
    FROM app.products AS product
    WHERE EXISTS (SELECT FROM asked)
),

asked_shortened AS (
    SELECT
        asked.sku,
        left(asked.guessed, place - 1) || substr(asked.guessed, place + 1) AS shortened,
        substr(asked.guessed, place, 1) AS left_out,
        place
    FROM asked
    CROSS JOIN LATERAL generate_series(1, length(asked.guessed) + 1) AS place
    WHERE length(asked.guessed) BETWEEN 3 AND 100
),

known_shortened AS (
    SELECT
        known.sku,
        left(known.guessed, place - 1) || substr(known.guessed, place + 1) AS shortened,
        substr(known.guessed, place, 1) AS left_out,
        place
    FROM known
    CROSS JOIN LATERAL generate_series(1, length(known.guessed) + 1) AS place
    WHERE length(known.guessed) BETWEEN 3 AND 100
),

near AS (
    SELECT asked.sku, known.sku AS nearest_sku, 0 AS distance
    FROM asked
    INNER JOIN known ON asked.guessed = known.guessed
    WHERE asked.guessed <> ''
    UNION ALL
    SELECT
        asked.sku,
        known.sku AS nearest_sku,
        CASE
            WHEN abs(asked.place - known.place) = 1 AND asked.left_out = known.left_out THEN 1
            WHEN asked.place = known.place THEN 2
            ELSE 3
        END AS distance
    FROM asked_shortened AS asked
    INNER JOIN known_shortened AS known ON asked.shortened = known.shortened
),

nearest AS (
    SELECT DISTINCT ON (near.sku) near.sku, near.nearest_sku
    FROM near
    ORDER BY near.sku, near.distance, length(near.nearest_sku), near.nearest_sku
)

SELECT asked.sku, nearest.nearest_sku
FROM asked
LEFT JOIN nearest ON asked.sku = nearest.sku
$$;
COMMENT ON FUNCTION app.nearest_skus(text[]) IS
'Of these SKUs, those that no product has, with the nearest SKU that one has; null when none is near';

CREATE OR REPLACE VIEW app.unused_prices AS
WITH unknown AS (
    SELECT array_agg(sheet.sku) AS skus
    FROM app.product_supplier_sheets AS sheet
    WHERE sheet.is_active AND NOT EXISTS (SELECT FROM app.products AS product WHERE product.sku = sheet.sku)
),

-- An ERP that spells a SKU its own way may create a product for it: the price has a product, but no account sells it.
unsold AS MATERIALIZED (
    SELECT
        sku,
        app.guessed_sku(sku) AS guessed
    FROM (
        SELECT DISTINCT sheet.sku
        FROM app.product_supplier_sheets AS sheet
        INNER JOIN app.products AS product ON sheet.sku = product.sku
        WHERE
            sheet.is_active
            AND NOT EXISTS (SELECT FROM app.emag_products_v2 AS offer WHERE offer.sku = sheet.sku)
    ) AS distinct_sku
),

sold AS MATERIALIZED (
    SELECT
        sku,
        app.guessed_sku(sku) AS guessed
    FROM (
        SELECT DISTINCT offer.sku
        FROM app.emag_products_v2 AS offer
        WHERE offer.removed_at IS NULL AND EXISTS (SELECT FROM unsold)
    ) AS distinct_sku
),

nearest AS (
    SELECT
        nearest.sku,
        nearest.nearest_sku
    FROM unknown
    CROSS JOIN app.nearest_skus(unknown.skus) AS nearest
    UNION ALL
    SELECT
        unsold.sku,
        min(sold.sku) AS nearest_sku
    FROM unsold
    INNER JOIN sold ON unsold.guessed = sold.guessed
    WHERE unsold.guessed <> ''
    GROUP BY unsold.sku
)

SELECT
    sheet.id AS sheet_id,
    sheet.sku,
    nearest.nearest_sku,
    sheet.supplier_name,
    sheet.price_cny
FROM nearest
INNER JOIN app.product_supplier_sheets AS sheet ON nearest.sku = sheet.sku AND sheet.is_active
INNER JOIN app.supplier_names AS name ON sheet.supplier_id = name.supplier_id AND name.is_active;
COMMENT ON VIEW app.unused_prices IS
'Rows of the price list that count nowhere, because no product has their SKU, with the nearest SKU that one has; and'
' those of products that no account sells while one sells the same SKU in another spelling';
COMMENT ON COLUMN app.unused_prices.sheet_id IS 'The row of the price list (product_supplier_sheets.id)';
COMMENT ON COLUMN app.unused_prices.sku IS 'The SKU as the price list spells it';
COMMENT ON COLUMN app.unused_prices.nearest_sku IS 'The SKU that is probably meant; null when none is near';
COMMENT ON COLUMN app.unused_prices.supplier_name IS 'Supplier as written in the list';
COMMENT ON COLUMN app.unused_prices.price_cny IS 'Price of one piece, CNY';
