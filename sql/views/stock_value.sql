-- What the stock is worth. Pieces of accounts on one warehouse are counted once.
CREATE OR REPLACE VIEW app.stock_value AS
WITH offer AS (
    -- Of several offers of a warehouse with one SKU the active one of the account that orders first.
    SELECT DISTINCT ON (account.warehouse, product.sku)
        account.warehouse,
        product.sku,
        product.account_type,
        product.is_active,
        product.name,
        product.brand,
        app.sound_price(coalesce(terms.price, product.price)) AS price,
        product.currency
    FROM app.emag_products_v2 AS product
    INNER JOIN app.configured_accounts AS account ON product.account_type = account.account_type
    LEFT JOIN app.emag_product_offers_v2 AS terms
        ON product.account_type = terms.account_type AND product.emag_id = terms.emag_offer_id
    ORDER BY account.warehouse, product.sku, product.is_active DESC, account.ordering_rank, product.emag_id
)

SELECT
    warehouse.code AS warehouse,
    offer.account_type,
    product.sku,
    -- As people wrote it, else as eMAG has it.
    coalesce(nullif(app.spaced(product.name), ''), offer.name) AS name,
    coalesce(nullif(app.spaced(product.brand), ''), offer.brand) AS brand,
    offer.is_active,
    item.quantity AS pieces,
    supplier.supplier_name,
    supplier.landed_unit_cost_ron,
    round(item.quantity * supplier.landed_unit_cost_ron, 2) AS value_at_cost_ron,
    offer.price,
    offer.currency,
    round(offer.price * rate.ron, 4) AS price_ron,
    round(item.quantity * offer.price * rate.ron, 2) AS value_at_price_ron
FROM offer
INNER JOIN app.warehouses AS warehouse ON offer.warehouse = warehouse.code
INNER JOIN app.products AS product ON offer.sku = product.sku
INNER JOIN app.inventory_items AS item
    ON product.id = item.product_id AND warehouse.id = item.warehouse_id AND item.quantity > 0
LEFT JOIN app.supplier_offers AS supplier ON offer.sku = supplier.sku AND supplier.rank = 1
LEFT JOIN app.current_rates AS rate ON offer.currency = rate.currency;
COMMENT ON VIEW app.stock_value IS
'What is in stock and what it is worth at cost and at price, in RON, without VAT: one row per warehouse of the'
' configured accounts and SKU of which there are pieces, inactive ones included';
COMMENT ON COLUMN app.stock_value.warehouse IS 'Code of the warehouse';
COMMENT ON COLUMN app.stock_value.account_type IS
'The account whose price counts: of several on the warehouse, one where it is active, kind main first';
COMMENT ON COLUMN app.stock_value.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.stock_value.name IS 'Title: as people wrote it (products), else as eMAG has it';
COMMENT ON COLUMN app.stock_value.brand IS 'Brand: as people wrote it (products), else as eMAG has it';
COMMENT ON COLUMN app.stock_value.is_active IS 'Whether the offer is active';
COMMENT ON COLUMN app.stock_value.pieces IS 'Pieces in stock, reserved ones included';
COMMENT ON COLUMN app.stock_value.supplier_name IS 'Whose cost counts: the one to order from (supplier_offers, rank 1)';
COMMENT ON COLUMN app.stock_value.landed_unit_cost_ron IS
'What a piece of his costs in the warehouse now, RON (what was paid for those in stock is not known); null: not known';
COMMENT ON COLUMN app.stock_value.value_at_cost_ron IS 'pieces x landed_unit_cost_ron; null: the cost is not known';
COMMENT ON COLUMN app.stock_value.price IS 'Selling price without VAT, in currency; null: it has none';
COMMENT ON COLUMN app.stock_value.currency IS 'ISO 4217 code of the price';
COMMENT ON COLUMN app.stock_value.price_ron IS 'The price in RON by the newest rate; null: no price, or no rate';
COMMENT ON COLUMN app.stock_value.value_at_price_ron IS 'pieces x price in RON; null: not known';

CREATE OR REPLACE VIEW app.stock_value_by_brand AS
SELECT
    warehouse,
    brand,
    count(*) AS items,
    sum(pieces) AS pieces,
    sum(value_at_cost_ron) AS value_at_cost_ron,
    count(*) FILTER (WHERE value_at_cost_ron IS NULL) AS items_without_cost,
    coalesce(sum(pieces) FILTER (WHERE value_at_cost_ron IS NULL), 0) AS pieces_without_cost,
    sum(value_at_price_ron) AS value_at_price_ron,
    count(*) FILTER (WHERE value_at_price_ron IS NULL) AS items_not_valued
FROM app.stock_value
GROUP BY warehouse, brand;
COMMENT ON VIEW app.stock_value_by_brand IS
'What the stock is worth by warehouse and brand; what has no known cost or price is counted, and in no sum';
COMMENT ON COLUMN app.stock_value_by_brand.warehouse IS 'Code of the warehouse';
COMMENT ON COLUMN app.stock_value_by_brand.brand IS 'Brand; null: none is known';
COMMENT ON COLUMN app.stock_value_by_brand.items IS 'SKUs in stock';
COMMENT ON COLUMN app.stock_value_by_brand.pieces IS 'Their pieces';
COMMENT ON COLUMN app.stock_value_by_brand.value_at_cost_ron IS
'What they cost in the warehouse, RON, without items_without_cost; null: of none it is known';
COMMENT ON COLUMN app.stock_value_by_brand.items_without_cost IS 'SKUs whose landed cost is not known';
COMMENT ON COLUMN app.stock_value_by_brand.pieces_without_cost IS 'Their pieces';
COMMENT ON COLUMN app.stock_value_by_brand.value_at_price_ron IS
'What they are sold for, without VAT, RON, without items_not_valued; null: of none it is known';
COMMENT ON COLUMN app.stock_value_by_brand.items_not_valued IS 'SKUs without a price in RON';
