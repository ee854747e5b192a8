-- Where the price of each offer stands among the others', since when, what crossed since yesterday, and what could be
-- done. Index look-ups for each offer: the history of the market is long.
CREATE OR REPLACE VIEW app.price_position AS
WITH templates AS MATERIALIZED (
    SELECT
        app.price_templates('en') AS en,
        app.price_templates('ro') AS ro,
        app.least_margin() AS least_margin,
        now() - interval '1 day' AS yesterday
),

-- Of several active offers of an account with one SKU the one that the report shows.
offer AS MATERIALIZED (
    SELECT DISTINCT ON (product.account_type, product.sku)
        product.account_type,
        product.sku,
        product.emag_id,
        product.part_number_key,
        product.name,
        product.brand,
        product.category_id,
        coalesce(product.category_id::text, '') AS category,
        product.currency,
        product.vat_id,
        app.sound_price(coalesce(terms.price, product.price)) AS price,
        app.sound_price(terms.min_sale_price) AS minimum_price,
        app.sound_price(terms.max_sale_price) AS maximum_price,
        product.stock_quantity > 0
        OR product.stock_above IS NOT NULL
        OR app.stock_is_unread(product.general_stock, product.notes) AS is_in_stock,
        sellable.codes AS not_sellable_codes,
        account.kind,
        account.marketplace,
        country.vat_rate AS standard_vat_rate,
        product.last_synced_at
    FROM app.emag_products_v2 AS product
    INNER JOIN app.configured_accounts AS account ON product.account_type = account.account_type
    INNER JOIN app.marketplace_countries AS country ON account.country = country.country
    LEFT JOIN app.emag_product_offers_v2 AS terms
        ON product.account_type = terms.account_type AND product.emag_id = terms.emag_offer_id
    CROSS JOIN
        LATERAL app.not_sellable_codes(
            product.status,
            coalesce(terms.price, product.price),
            product.validation_status,
            product.offer_validation_status,
            product.translation_validation_status,
            coalesce(terms.visibility, 'visible') = 'hidden'
        ) AS sellable
    WHERE product.is_active
    ORDER BY product.account_type, product.sku, product.emag_id
),

-- eMAG's ids of VAT say no rate; order lines do. The newest line of an offer with the id counts, before there is one
-- the standard rate of the country.
vat AS MATERIALIZED (
    SELECT
        known.account_type,
        known.vat_id,
        newest.vat_rate
    FROM (SELECT DISTINCT
        offer.account_type,
        offer.vat_id
    FROM offer
    WHERE offer.vat_id IS NOT NULL) AS known
    CROSS JOIN LATERAL (
        SELECT line.vat_rate
        FROM app.emag_order_lines AS line
        INNER JOIN app.emag_products_v2 AS sold
            ON line.account_type = sold.account_type AND line.product_id = sold.emag_id
        WHERE
            line.account_type = known.account_type
            AND sold.vat_id = known.vat_id
            AND line.vat_rate >= 0
            AND line.vat_rate < 1
        ORDER BY line.order_id DESC
        LIMIT 1
    ) AS newest
),

fee AS MATERIALIZED (
    SELECT
        sold.account_type,
        sold.category,
        kept.commission_rate,
        kept.fulfilment_fee_ron
    FROM (SELECT DISTINCT
        offer.account_type,
        offer.category
    FROM offer) AS sold
    CROSS JOIN LATERAL app.fees_of(sold.account_type, sold.category) AS kept
),

-- OFFSET 0 here and below is a fence: the next steps reuse computed columns, instead of computing them at each mention.
fact AS (
    SELECT
        offer.*,
        coalesce(vat.vat_rate, offer.standard_vat_rate)::numeric(7, 4) AS vat_rate,
        CASE WHEN vat.vat_rate IS NULL THEN 'country' ELSE 'order' END AS vat_source,
        newest.buy_button_rank,
        newest.number_of_offers,
        newest.best_price,
        newest.market_position,
        app.market_since(offer.account_type, offer.emag_id, newest.market_position) AS since,
        before.market_position AS position_before,
        before.buy_button_rank AS rank_before,
        before.number_of_offers AS offers_before,
        CASE WHEN history.currency = offer.currency THEN before.best_price END AS best_price_before,
        CASE WHEN history.currency = offer.currency THEN app.sound_price(history.price) END AS price_before,
        nullif(supplier.landed_unit_cost_ron, 0) AS landed_unit_cost_ron,
        fee.commission_rate,
        fee.fulfilment_fee_ron,
        app.fee_paid(offer.kind, fee.fulfilment_fee_ron) AS fee_ron,
        rate.ron AS rate,
        coalesce(policy.least_margin, templates.least_margin) AS least_margin,
        demand.expected_daily_demand,
        report.name AS report_name,
        report.brand AS report_brand
    FROM offer
    CROSS JOIN templates
    LEFT JOIN fee ON offer.account_type = fee.account_type AND offer.category = fee.category
    LEFT JOIN vat ON offer.account_type = vat.account_type AND offer.vat_id = vat.vat_id
    LEFT JOIN app.current_rates AS rate ON offer.currency = rate.currency
    LEFT JOIN app.supplier_offers AS supplier ON offer.sku = supplier.sku AND supplier.rank = 1
    LEFT JOIN app.demand AS demand ON offer.account_type = demand.account_type AND offer.sku = demand.sku
    LEFT JOIN app.low_stock_report AS report ON offer.account_type = report.account_type AND offer.sku = report.sku
    LEFT JOIN app.item_policies AS policy
        ON
            offer.account_type = policy.account_type
            AND offer.sku = policy.sku
            AND coalesce(policy.valid_until >= (now() AT TIME ZONE 'Europe/Bucharest')::date, TRUE)
    LEFT JOIN LATERAL app.market_of(offer.account_type, offer.emag_id, 'infinity') AS newest ON TRUE
    LEFT JOIN LATERAL app.market_of(offer.account_type, offer.emag_id, templates.yesterday) AS before ON TRUE
    LEFT JOIN LATERAL (
        SELECT
            was.price,
            was.currency
        FROM app.emag_offer_history AS was
        WHERE
            was.account_type = offer.account_type
            AND was.emag_offer_id = offer.emag_id
            AND was.valid_from <= templates.yesterday
        ORDER BY was.valid_from DESC
        LIMIT 1
    ) AS history ON TRUE
    OFFSET 0 -- noqa: AM09, no row is left out
),

computed AS (
    SELECT
        fact.*,
        (fact.price * fact.rate)::numeric(20, 4) AS price_ron,
        app.winning_price(fact.best_price, fact.vat_rate, fact.currency, fact.maximum_price) AS winning_price,
        app.least_price(
            fact.landed_unit_cost_ron, fact.commission_rate, fact.fee_ron, fact.least_margin, fact.rate
        ) AS least_price
    FROM fact
    OFFSET 0 -- noqa: AM09, no row is left out
),

decided AS (
    SELECT
        computed.*,
        suggested.code AS suggestion,
        suggested.price AS suggested_price,
        app.margin_left(
            computed.price_ron, computed.commission_rate, computed.fee_ron, computed.landed_unit_cost_ron
        ) AS margin_ron,
        app.margin_left(
            computed.winning_price * computed.rate,
            computed.commission_rate,
            computed.fee_ron,
            computed.landed_unit_cost_ron
        ) AS winning_margin_ron,
        round((computed.price - computed.best_price) / computed.best_price * 100, 2) AS difference_percent,
        app.market_crossing(
            computed.position_before,
            computed.market_position,
            computed.offers_before,
            computed.number_of_offers
        ) AS crossed,
        app.least_price_gap(
            computed.least_price,
            computed.landed_unit_cost_ron,
            computed.commission_rate,
            computed.fee_ron,
            computed.rate
        ) AS cost_problem
    FROM computed
    CROSS JOIN
        LATERAL app.price_suggestion(
            computed.not_sellable_codes IS NULL,
            computed.is_in_stock,
            computed.market_position,
            computed.price,
            computed.best_price,
            computed.winning_price,
            computed.minimum_price,
            computed.maximum_price,
            computed.least_price,
            app.raised_price(
                greatest(computed.minimum_price, computed.least_price), computed.vat_rate, computed.currency
            )
        ) AS suggested
    OFFSET 0 -- noqa: AM09, no row is left out
)

SELECT
    decided.account_type,
    decided.sku,
    decided.emag_id,
    decided.part_number_key,
    coalesce(decided.report_name, decided.name) AS name,
    coalesce(decided.report_brand, decided.brand) AS brand,
    decided.category_id,
    decided.currency,
    decided.vat_rate,
    decided.price,
    app.price_with_vat(decided.price, decided.vat_rate, decided.currency) AS price_with_vat,
    decided.best_price,
    app.price_with_vat(decided.best_price, decided.vat_rate, decided.currency) AS best_price_with_vat,
    decided.price - decided.best_price AS difference,
    decided.difference_percent,
    decided.market_position,
    decided.buy_button_rank,
    decided.number_of_offers,
    decided.since,
    decided.crossed,
    decided.position_before,
    decided.rank_before,
    decided.offers_before,
    decided.price_before,
    decided.best_price_before,
    decided.minimum_price,
    decided.maximum_price,
    decided.price < decided.minimum_price AS is_below_minimum,
    decided.landed_unit_cost_ron,
    decided.commission_rate,
    decided.fulfilment_fee_ron,
    decided.rate,
    decided.price_ron,
    decided.margin_ron,
    round(decided.margin_ron / nullif(decided.price_ron, 0), 4) AS margin_rate,
    decided.least_margin,
    decided.least_price,
    decided.cost_problem,
    decided.winning_price,
    app.price_with_vat(decided.winning_price, decided.vat_rate, decided.currency) AS winning_price_with_vat,
    decided.winning_margin_ron,
    decided.winning_price >= decided.minimum_price AS is_above_minimum,
    decided.winning_price >= decided.least_price AS leaves_enough,
    decided.suggestion,
    decided.suggested_price,
    app.price_with_vat(decided.suggested_price, decided.vat_rate, decided.currency) AS suggested_price_with_vat,
    decided.not_sellable_codes IS NULL AS is_sellable,
    decided.is_in_stock,
    decided.expected_daily_demand,
    (decided.expected_daily_demand * decided.price_ron)::numeric(20, 2) AS sales_ron_per_day,
    decided.marketplace,
    decided.last_synced_at,
    app.price_sentence(
        templates.en,
        decided.suggestion, decided.market_position, decided.crossed, decided.currency, decided.price,
        decided.best_price, decided.difference_percent, decided.buy_button_rank, decided.number_of_offers,
        decided.since, decided.winning_price, decided.minimum_price, decided.maximum_price, decided.least_price,
        decided.least_margin, decided.suggested_price,
        app.price_with_vat(decided.suggested_price, decided.vat_rate, decided.currency),
        decided.winning_margin_ron, decided.cost_problem
    ) AS reason,
    app.price_sentence(
        templates.ro,
        decided.suggestion, decided.market_position, decided.crossed, decided.currency, decided.price,
        decided.best_price, decided.difference_percent, decided.buy_button_rank, decided.number_of_offers,
        decided.since, decided.winning_price, decided.minimum_price, decided.maximum_price, decided.least_price,
        decided.least_margin, decided.suggested_price,
        app.price_with_vat(decided.suggested_price, decided.vat_rate, decided.currency),
        decided.winning_margin_ron, decided.cost_problem
    ) AS reason_ro,
    decided.vat_source
FROM decided
CROSS JOIN templates;
COMMENT ON VIEW app.price_position IS
'Where the price of each active offer stands among the others'', and what could be done: one row per configured account'
' and SKU. A suggestion is for people: nothing is written to eMAG. What eMAG did not tell is null';
COMMENT ON COLUMN app.price_position.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.price_position.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.price_position.emag_id IS 'Seller''s offer id; of several active offers with the SKU the lowest';
COMMENT ON COLUMN app.price_position.part_number_key IS 'eMAG''s catalogue code, shared by all sellers of the product';
COMMENT ON COLUMN app.price_position.name IS 'Name of the product';
COMMENT ON COLUMN app.price_position.brand IS 'Brand';
COMMENT ON COLUMN app.price_position.category_id IS 'eMAG''s category id';
COMMENT ON COLUMN app.price_position.currency IS 'ISO 4217 code of all prices of the row but those in RON';
COMMENT ON COLUMN app.price_position.vat_rate IS
'VAT as a fraction, such as 0.21: that of the newest order line of an offer of the account with the same VAT id; until'
' one was sold, the standard rate of the account''s country';
COMMENT ON COLUMN app.price_position.vat_source IS 'Who says vat_rate: order, or country where none was sold yet';
COMMENT ON COLUMN app.price_position.price IS 'Own price without VAT';
COMMENT ON COLUMN app.price_position.price_with_vat IS 'Own price as a customer pays it';
COMMENT ON COLUMN app.price_position.best_price IS
'Best price of any seller on the product, the own one included, without VAT; null: eMAG told none';
COMMENT ON COLUMN app.price_position.best_price_with_vat IS
'Best price as a customer pays it, by the VAT rate of the own offer';
COMMENT ON COLUMN app.price_position.difference IS 'price less best_price: above 0, somebody asks less';
COMMENT ON COLUMN app.price_position.difference_percent IS 'difference in percent of best_price';
COMMENT ON COLUMN app.price_position.market_position IS
'won: it has the buy button; alone: it has, and nobody else sells the product; lost: others have it; no_rank: it has'
' no place in the race, such as without stock; null: eMAG never told anything';
COMMENT ON COLUMN app.price_position.buy_button_rank IS 'Place in the race for the buy button, 1 has it';
COMMENT ON COLUMN app.price_position.number_of_offers IS 'Sellers with active offers of the product, with this one';
COMMENT ON COLUMN app.price_position.since IS
'When market_position was first read as it is, UTC; at least so long where nothing else is known';
COMMENT ON COLUMN app.price_position.crossed IS
'What happened since this time yesterday: won, lost (the buy button), new_competitor (more sellers); null: none';
COMMENT ON COLUMN app.price_position.position_before IS 'market_position at this time yesterday';
COMMENT ON COLUMN app.price_position.rank_before IS 'buy_button_rank at this time yesterday';
COMMENT ON COLUMN app.price_position.offers_before IS 'number_of_offers at this time yesterday';
COMMENT ON COLUMN app.price_position.price_before IS
'price at this time yesterday; null where it was in another currency';
COMMENT ON COLUMN app.price_position.best_price_before IS
'best_price at this time yesterday; null where it was in another currency';
COMMENT ON COLUMN app.price_position.minimum_price IS 'Own minimum: the lowest price that eMAG accepts of the offer';
COMMENT ON COLUMN app.price_position.maximum_price IS 'Own maximum: the highest price that eMAG accepts of the offer';
COMMENT ON COLUMN app.price_position.is_below_minimum IS 'Whether price is below minimum_price';
COMMENT ON COLUMN app.price_position.landed_unit_cost_ron IS
'What a piece costs in the warehouse, RON, from the supplier of rank 1 at his planning_quantity; null: not known';
COMMENT ON COLUMN app.price_position.commission_rate IS 'Part of the price that eMAG keeps; null: nobody told';
COMMENT ON COLUMN app.price_position.fulfilment_fee_ron IS
'What eMAG keeps of a piece for fulfilment; null: nobody told, which is 0 where the seller ships';
COMMENT ON COLUMN app.price_position.rate IS 'RON for one unit of currency; null: no exchange rate is known';
COMMENT ON COLUMN app.price_position.price_ron IS 'Own price without VAT in RON';
COMMENT ON COLUMN app.price_position.margin_ron IS
'What a piece leaves at the own price: less commission, fulfilment fee and landed cost; null: one is not known';
COMMENT ON COLUMN app.price_position.margin_rate IS 'margin_ron as a part of price_ron';
COMMENT ON COLUMN app.price_position.least_margin IS
'Part of the price that has to be left: item_policies.least_margin, else MAGFLOW_LEAST_MARGIN';
COMMENT ON COLUMN app.price_position.least_price IS
'Least price without VAT of which least_margin is left after landed cost, commission and fulfilment fee; null: see'
' cost_problem';
COMMENT ON COLUMN app.price_position.cost_problem IS
'Why there is no least price, as codes joined by "; ": no_exchange_rate, no_landed_cost, no_commission,'
' no_fulfilment_fee, no_price_is_enough; null: there is one';
COMMENT ON COLUMN app.price_position.winning_price IS
'The highest price without VAT that customers see below best_price, a ban, cent or forint less, and that is not above'
' maximum_price';
COMMENT ON COLUMN app.price_position.winning_price_with_vat IS 'winning_price as a customer pays it';
COMMENT ON COLUMN app.price_position.winning_margin_ron IS 'What a piece leaves at winning_price';
COMMENT ON COLUMN app.price_position.is_above_minimum IS 'Whether winning_price is not below minimum_price';
COMMENT ON COLUMN app.price_position.leaves_enough IS 'Whether winning_price is not below least_price';
COMMENT ON COLUMN app.price_position.suggestion IS
'not_sellable, out_of_stock, below_minimum, below_least_price, no_market_data, keep_price, no_rank, no_winning_price,'
' not_by_price, do_not_follow, minimum_in_the_way, cost_not_known or lower_price: the first that applies (rules.md,'
' Price position)';
COMMENT ON COLUMN app.price_position.suggested_price IS
'The price without VAT that a person could enter at eMAG; null: leave it as it is';
COMMENT ON COLUMN app.price_position.suggested_price_with_vat IS 'suggested_price as a customer pays it';
COMMENT ON COLUMN app.price_position.is_sellable IS 'Whether a customer can buy the offer, stock aside';
COMMENT ON COLUMN app.price_position.is_in_stock IS 'Whether it has stock; true where what eMAG sent was no number';
COMMENT ON COLUMN app.price_position.expected_daily_demand IS 'Pieces expected to be sold a day; null: not known';
COMMENT ON COLUMN app.price_position.sales_ron_per_day IS 'expected_daily_demand at the own price without VAT, RON';
COMMENT ON COLUMN app.price_position.marketplace IS 'Host and path of the API, or simulator: made-up numbers';
COMMENT ON COLUMN app.price_position.last_synced_at IS 'When the offer was last read, UTC';
COMMENT ON COLUMN app.price_position.reason IS 'Why, in English, from the numbers of the row';
COMMENT ON COLUMN app.price_position.reason_ro IS 'Why, in Romanian';
