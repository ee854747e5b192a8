-- Suppliers whose prices for one SKU are far apart, or of whom several are confirmed. What cannot both be right is in
-- supplier_conflicts.
CREATE OR REPLACE VIEW app.supplier_disagreements AS
WITH offer AS (
    -- One row per SKU and supplier: of his ways of shipping the one that ranks first.
    SELECT DISTINCT ON (sku, supplier_id)
        sku,
        supplier_name,
        is_verified,
        rank,
        rule,
        round(unit_price * rate, 4) AS price_ron,
        landed_unit_cost_ron
    FROM app.supplier_offers
    ORDER BY sku, supplier_id, rank
),

compared AS (
    SELECT
        sku,
        count(*) AS suppliers,
        count(price_ron) AS priced_suppliers,
        count(*) FILTER (WHERE is_verified) AS verified_suppliers,
        string_agg(supplier_name, '; ' ORDER BY supplier_name) FILTER (WHERE is_verified) AS verified_names,
        (array_agg(supplier_name ORDER BY price_ron, rank) FILTER (WHERE price_ron IS NOT NULL))[1] AS cheapest_name,
        min(price_ron) AS cheapest_price_ron,
        (array_agg(supplier_name ORDER BY price_ron DESC, rank) FILTER (WHERE price_ron IS NOT NULL))[1]
            AS dearest_name,
        max(price_ron) AS dearest_price_ron,
        (array_agg(supplier_name ORDER BY rank))[1] AS chosen_name,
        (array_agg(rule ORDER BY rank))[1] AS rule,
        (array_agg(price_ron ORDER BY rank))[1] AS chosen_price_ron,
        (array_agg(landed_unit_cost_ron ORDER BY rank))[1] AS chosen_landed_cost_ron
    FROM offer
    GROUP BY sku
    HAVING count(price_ron) > 1 OR count(*) FILTER (WHERE is_verified) > 1
),

needed AS (
    SELECT
        demand.sku,
        sum(demand.expected_daily_demand) AS expected_daily_demand
    FROM app.demand AS demand
    INNER JOIN app.configured_accounts AS account ON demand.account_type = account.account_type
    GROUP BY demand.sku
)

SELECT
    compared.sku,
    product.name,
    compared.suppliers,
    compared.verified_suppliers,
    compared.verified_names,
    compared.cheapest_name AS cheapest_supplier_name,
    compared.cheapest_price_ron,
    compared.dearest_name AS dearest_supplier_name,
    compared.dearest_price_ron,
    CASE
        WHEN compared.priced_suppliers > 1
            THEN round((compared.dearest_price_ron / nullif(compared.cheapest_price_ron, 0) - 1) * 100, 1)
    END AS apart_percent,
    compared.chosen_name AS chosen_supplier_name,
    compared.rule,
    compared.chosen_price_ron,
    compared.chosen_landed_cost_ron,
    needed.expected_daily_demand,
    round((compared.chosen_price_ron - compared.cheapest_price_ron) * needed.expected_daily_demand * 365, 2)
        AS ron_a_year
FROM compared
LEFT JOIN LATERAL (
    SELECT offered.name FROM app.emag_products_v2 AS offered
    WHERE offered.sku = compared.sku AND offered.name IS NOT NULL
    ORDER BY offered.is_active DESC, offered.account_type, offered.emag_id
    LIMIT 1
) AS product ON TRUE
LEFT JOIN needed ON compared.sku = needed.sku;
COMMENT ON VIEW app.supplier_disagreements IS
'SKUs that several suppliers have a price for, or of which several are confirmed: how far their prices are apart, and'
' what that is worth. One row per SKU; WHERE apart_percent > 30 OR verified_suppliers > 1';
COMMENT ON COLUMN app.supplier_disagreements.sku IS 'Our SKU, as the price list spells it';
COMMENT ON COLUMN app.supplier_disagreements.name IS 'Title of its offer; null: no offer has the SKU';
COMMENT ON COLUMN app.supplier_disagreements.suppliers IS 'Active suppliers that offer it';
COMMENT ON COLUMN app.supplier_disagreements.verified_suppliers IS
'Of these: suppliers whom a person confirmed for the SKU';
COMMENT ON COLUMN app.supplier_disagreements.verified_names IS
'Their names, joined by "; "; null: nobody is confirmed';
COMMENT ON COLUMN app.supplier_disagreements.cheapest_supplier_name IS 'Who asks least for a piece';
COMMENT ON COLUMN app.supplier_disagreements.cheapest_price_ron IS
'What he asks for a piece at a usual quantity, RON, without freight and duty (supplier_offers.unit_price x rate)';
COMMENT ON COLUMN app.supplier_disagreements.dearest_supplier_name IS 'Who asks most';
COMMENT ON COLUMN app.supplier_disagreements.dearest_price_ron IS 'What he asks, RON';
COMMENT ON COLUMN app.supplier_disagreements.apart_percent IS
'By how much the dearest is above the cheapest, %; null: fewer than two have a price in RON';
COMMENT ON COLUMN app.supplier_disagreements.chosen_supplier_name IS
'Whom it is ordered from (supplier_offers, rank 1)';
COMMENT ON COLUMN app.supplier_disagreements.rule IS 'Which rule chose him (supplier_offers.rule)';
COMMENT ON COLUMN app.supplier_disagreements.chosen_price_ron IS 'What he asks, RON; null: not known';
COMMENT ON COLUMN app.supplier_disagreements.chosen_landed_cost_ron IS
'What his piece costs in the warehouse, RON; null: not known';
COMMENT ON COLUMN app.supplier_disagreements.expected_daily_demand IS
'Pieces a day that the configured accounts are expected to sell; null: not known';
COMMENT ON COLUMN app.supplier_disagreements.ron_a_year IS
'(chosen_price_ron - cheapest_price_ron) x expected_daily_demand x 365: what the cheapest would save a year, if'
' freight and quality were the same; null: not known';
