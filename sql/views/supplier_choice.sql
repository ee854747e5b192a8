-- The identity of suppliers, the price of each for a SKU, and the supplier to order it from. Every comparison of
-- suppliers uses supplier_names, so that a supplier has one identity everywhere.

-- One row per row of suppliers. Rows with one normalised name are one supplier, who is active while one of them is.
CREATE OR REPLACE VIEW app.supplier_names AS
SELECT
    name AS spelling,
    identity,
    app.spaced(first_value(name) OVER twins) AS supplier_name,
    identity <> '' AND bool_or(is_active) OVER twins AS is_active, -- an invisible name identifies nobody
    bool_or(is_active AND is_preferred) OVER twins AS is_preferred,
    id AS supplier_id,
    first_value(id) OVER twins AS canonical_id
FROM app.suppliers
WINDOW
    twins AS (
        PARTITION BY identity
        ORDER BY is_active DESC, is_preferred DESC, id
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    );
COMMENT ON VIEW app.supplier_names IS
'Which supplier each row of suppliers is: rows with one canonical_id are one supplier';
COMMENT ON COLUMN app.supplier_names.spelling IS 'The name exactly as it was written';
COMMENT ON COLUMN app.supplier_names.identity IS
'What the names of the supplier''s rows have in common (normalized_name); empty when the name shows nothing';
COMMENT ON COLUMN app.supplier_names.supplier_name IS 'The supplier''s name as it is shown';
COMMENT ON COLUMN app.supplier_names.is_active IS 'Whether the seller buys there: one of his rows is active';
COMMENT ON COLUMN app.supplier_names.is_preferred IS 'Whether an active one of his rows is preferred';
COMMENT ON COLUMN app.supplier_names.supplier_id IS 'The row (suppliers.id)';
COMMENT ON COLUMN app.supplier_names.canonical_id IS
'The row that stands for the supplier (suppliers.id): active first, then preferred, then the lowest';

-- An ERP's clock, or its zone, may be some hours off.
CREATE OR REPLACE FUNCTION app.latest_time() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN statement_timestamp() + interval '1 day';
COMMENT ON FUNCTION app.latest_time() IS 'The latest time at which something can have been written by now';

-- One row per SKU and active supplier: his newest usable price.
CREATE OR REPLACE VIEW app.supplier_prices AS
WITH listed AS (
    SELECT
        *,
        app.sound_price(price_cny) AS usable_price
    FROM app.product_supplier_sheets
    WHERE is_active
)

SELECT DISTINCT ON (listed.sku, name.canonical_id)
    listed.sku,
    name.identity,
    name.supplier_name,
    name.is_preferred,
    listed.usable_price AS price_cny,
    listed.supplier_url,
    bool_or(listed.is_verified) OVER (PARTITION BY listed.sku, name.canonical_id) AS is_verified,
    listed.id AS sheet_id,
    name.canonical_id AS supplier_id,
    listed.updated_at,
    app.spaced(listed.article_name) AS article_name,
    app.spaced(listed.specification) AS specification
FROM listed
INNER JOIN app.supplier_names AS name ON listed.supplier_id = name.supplier_id AND name.is_active
ORDER BY
    listed.sku,
    name.canonical_id,
    listed.usable_price IS NULL,
    listed.updated_at > app.latest_time(), -- no price was written in the future
    listed.updated_at DESC,
    listed.id DESC;
COMMENT ON VIEW app.supplier_prices IS
'What each active supplier asks for each SKU: one row per SKU and supplier, of several the one written last';
COMMENT ON COLUMN app.supplier_prices.sku IS 'Our SKU, as the price list spells it';
COMMENT ON COLUMN app.supplier_prices.identity IS 'His name as it is compared (supplier_names.identity)';
COMMENT ON COLUMN app.supplier_prices.supplier_name IS 'The supplier''s name as it is shown';
COMMENT ON COLUMN app.supplier_prices.is_preferred IS 'Whether he is chosen before cheaper ones';
COMMENT ON COLUMN app.supplier_prices.price_cny IS 'Price of one piece, CNY; null when no row of his has one';
COMMENT ON COLUMN app.supplier_prices.supplier_url IS 'The article on the supplier''s site';
COMMENT ON COLUMN app.supplier_prices.is_verified IS 'Whether a row of his for the SKU is verified';
COMMENT ON COLUMN app.supplier_prices.sheet_id IS 'The row of the price list (product_supplier_sheets.id)';
COMMENT ON COLUMN app.supplier_prices.supplier_id IS 'The supplier (supplier_names.canonical_id)';
COMMENT ON COLUMN app.supplier_prices.updated_at IS 'When the row of the price list was last written, UTC';
COMMENT ON COLUMN app.supplier_prices.article_name IS 'His own name of the article; null: nobody told';
COMMENT ON COLUMN app.supplier_prices.specification IS 'His name of the variant; null: nobody told';

-- Whom to order each SKU from at a usual quantity, and who is the cheapest of all: both from supplier_offers.
CREATE OR REPLACE VIEW app.supplier_choice AS
WITH found AS (
    SELECT
        sku,
        count(DISTINCT supplier_id) FILTER (WHERE unit_price IS NOT NULL) AS supplier_count
    FROM app.supplier_offers
    GROUP BY sku
),

cheapest AS (
    SELECT DISTINCT ON (sku)
        sku,
        supplier_id,
        supplier_name,
        shipping,
        planning_quantity,
        landed_unit_cost_ron
    FROM app.supplier_offers
    WHERE landed_unit_cost_ron IS NOT NULL
    ORDER BY sku, landed_unit_cost_ron, rank
)

SELECT
    chosen.sku,
    chosen.supplier_id,
    chosen.supplier_name,
    chosen.shipping,
    chosen.rule,
    chosen.list_price_cny,
    chosen.supplier_url,
    chosen.is_verified,
    found.supplier_count,
    chosen.planning_quantity,
    chosen.landed_unit_cost_ron,
    chosen.problem,
    cheapest.supplier_id AS cheapest_supplier_id,
    cheapest.supplier_name AS cheapest_supplier_name,
    cheapest.shipping AS cheapest_shipping,
    cheapest.planning_quantity AS cheapest_planning_quantity,
    cheapest.landed_unit_cost_ron AS cheapest_landed_unit_cost_ron,
    chosen.landed_unit_cost_ron - cheapest.landed_unit_cost_ron AS difference_ron
FROM app.supplier_offers AS chosen
INNER JOIN found ON chosen.sku = found.sku
LEFT JOIN cheapest ON chosen.sku = cheapest.sku
WHERE chosen.rank = 1;
COMMENT ON VIEW app.supplier_choice IS
'Whom to order each SKU from, by which rule, and who is cheapest by landed cost, each at his planning_quantity. One row'
' per SKU that somebody offers';
COMMENT ON COLUMN app.supplier_choice.sku IS 'Our SKU, as the price list spells it';
COMMENT ON COLUMN app.supplier_choice.supplier_id IS 'The supplier (supplier_names.canonical_id)';
COMMENT ON COLUMN app.supplier_choice.supplier_name IS 'His name: the offer of rank 1 in supplier_offers';
COMMENT ON COLUMN app.supplier_choice.shipping IS 'His way of shipping';
COMMENT ON COLUMN app.supplier_choice.rule IS
'Which rule chose him: preferred, verified, cheapest, only one, cost incomplete';
COMMENT ON COLUMN app.supplier_choice.list_price_cny IS
'His newest price of one piece in the price list, CNY; null when it has none';
COMMENT ON COLUMN app.supplier_choice.supplier_url IS 'The article on his site';
COMMENT ON COLUMN app.supplier_choice.is_verified IS 'Whether a person confirmed him for the SKU';
COMMENT ON COLUMN app.supplier_choice.supplier_count IS 'Active suppliers with a price for the SKU';
COMMENT ON COLUMN app.supplier_choice.planning_quantity IS 'Pieces that his landed cost is of';
COMMENT ON COLUMN app.supplier_choice.landed_unit_cost_ron IS 'Landed cost of a piece, RON; null: see problem';
COMMENT ON COLUMN app.supplier_choice.problem IS
'What is missing for it, as codes of cost_texts joined by "; "; null: nothing';
COMMENT ON COLUMN app.supplier_choice.cheapest_supplier_id IS
'Who is cheapest by landed cost; null: no cost is complete';
COMMENT ON COLUMN app.supplier_choice.cheapest_supplier_name IS 'His name';
COMMENT ON COLUMN app.supplier_choice.cheapest_shipping IS 'His way of shipping';
COMMENT ON COLUMN app.supplier_choice.cheapest_planning_quantity IS 'Pieces that his landed cost is of';
COMMENT ON COLUMN app.supplier_choice.cheapest_landed_unit_cost_ron IS 'His landed cost of a piece, RON';
COMMENT ON COLUMN app.supplier_choice.difference_ron IS
'What a piece of the chosen one costs more than of the cheapest, RON; 0: he is the cheapest';
