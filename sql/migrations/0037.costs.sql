-- depends: 0035.plan
-- Prices by quantity with their rate, and what the offers of suppliers show beside their cost.

CREATE TABLE app.supplier_unit_prices (
    sku text NOT NULL,
    supplier_id bigint NOT NULL,
    minimum_quantity bigint NOT NULL,
    unit_price numeric(14, 4) NOT NULL,
    currency text NOT NULL,
    asked_on date,
    rate numeric(20, 10),
    rate_date date,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sku, supplier_id, minimum_quantity)
);
COMMENT ON TABLE app.supplier_unit_prices IS
'What each active supplier asks for a piece from a quantity on: his price breaks, and below the least of them his price'
' list. Built with supplier_offers';
COMMENT ON COLUMN app.supplier_unit_prices.sku IS 'Our SKU';
COMMENT ON COLUMN app.supplier_unit_prices.supplier_id IS 'The supplier (supplier_names.canonical_id)';
COMMENT ON COLUMN app.supplier_unit_prices.minimum_quantity IS 'Pieces of one order from which the price holds';
COMMENT ON COLUMN app.supplier_unit_prices.unit_price IS 'Price of one piece, in currency';
COMMENT ON COLUMN app.supplier_unit_prices.currency IS 'ISO 4217 code';
COMMENT ON COLUMN app.supplier_unit_prices.asked_on IS
'Day in Bucharest on which he asked it; null: of no possible day';
COMMENT ON COLUMN app.supplier_unit_prices.rate IS 'RON for one unit of currency (current_rates); null: none is known';
COMMENT ON COLUMN app.supplier_unit_prices.rate_date IS 'Day of that rate; null: RON, or none is known';
COMMENT ON COLUMN app.supplier_unit_prices.updated_at IS 'When the row last changed, UTC';

ALTER TABLE app.supplier_offers
ADD COLUMN freight_problem text,
ADD COLUMN list_price_cny numeric(14, 4),
ADD COLUMN supplier_url text;
COMMENT ON COLUMN app.supplier_offers.freight_problem IS 'The codes of problem that hold at any quantity; null: none';
COMMENT ON COLUMN app.supplier_offers.list_price_cny IS
'His newest price in the price list, CNY (supplier_prices); null: it has none';
COMMENT ON COLUMN app.supplier_offers.supplier_url IS 'The article on his site';
COMMENT ON COLUMN app.supplier_offers.freight_per_piece_ron IS
'Freight of a piece by weight and volume; 0: nobody entered one; null: it cannot be computed (freight_problem)';
COMMENT ON COLUMN app.supplier_offers.freight_per_order_ron IS
'Freight of an order whatever its size; 0: nobody entered one; null: it cannot be computed (freight_problem)';
COMMENT ON COLUMN app.supplier_offers.asked_on IS
'Day in Bucharest of the price; null: no price, or of no possible day';
COMMENT ON COLUMN app.supplier_offers.rate_date IS 'Day of that rate; null: RON, or none is known';
COMMENT ON COLUMN app.supplier_offers.minimum_order_quantity IS
'Least pieces of one order (MOQ): by his terms, and no fewer than the least quantity that has a price';

-- The choice has other columns now, and is made of supplier_offers: the file of the view makes it anew.
DROP VIEW IF EXISTS app.supplier_choice;

CALL app.watch_inputs('supplier_offers', 'supplier_closures');
INSERT INTO app.input_changes (name, table_name)
SELECT
    'supplier_offers' AS name,
    'product_supplier_sheets' AS table_name
WHERE EXISTS (SELECT FROM app.product_supplier_sheets) OR EXISTS (SELECT FROM app.supplier_products);
