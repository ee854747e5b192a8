-- depends: 0006.purchasing
-- The report: rebuilt whole, for all accounts, in one transaction.

CREATE TABLE app.low_stock_report (
    account_type text NOT NULL,
    sku text NOT NULL,
    emag_id bigint NOT NULL,
    part_number_key text,
    product_id bigint NOT NULL,
    name text,
    brand text,
    warehouse text NOT NULL,
    status text NOT NULL
    CHECK (status IN ('out_of_stock', 'critical', 'low_stock', 'in_stock', 'overstock')),
    reason text NOT NULL,
    reason_ro text NOT NULL,
    quantity bigint NOT NULL,
    reserved_quantity bigint NOT NULL,
    available_quantity bigint NOT NULL,
    on_order_quantity bigint NOT NULL,
    minimum_stock bigint NOT NULL,
    reorder_point bigint NOT NULL,
    maximum_stock bigint NOT NULL,
    has_manual_levels boolean NOT NULL,
    reorder_quantity bigint NOT NULL CHECK (reorder_quantity >= 0),
    price numeric(14, 4),
    currency text,
    supplier_name text,
    supplier_price_cny numeric(14, 4),
    supplier_url text,
    is_verified boolean NOT NULL,
    supplier_count integer NOT NULL,
    scan_status text,
    scan_offers integer,
    scan_total integer,
    scanned_at timestamptz,
    built_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_type, sku)
);
COMMENT ON TABLE app.low_stock_report IS
'Every active item of every account with its stock status and the reason for it; one row per account and SKU';
COMMENT ON COLUMN app.low_stock_report.account_type IS 'Account, lower case, such as main or fbe';
COMMENT ON COLUMN app.low_stock_report.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.low_stock_report.emag_id IS 'Offer that feeds the row: the active one with the lowest id';
COMMENT ON COLUMN app.low_stock_report.part_number_key IS 'eMAG catalogue code (PNK)';
COMMENT ON COLUMN app.low_stock_report.product_id IS 'The product (products.id)';
COMMENT ON COLUMN app.low_stock_report.name IS 'Name of the product';
COMMENT ON COLUMN app.low_stock_report.brand IS 'Brand';
COMMENT ON COLUMN app.low_stock_report.warehouse IS 'Code of the warehouse';
COMMENT ON COLUMN app.low_stock_report.status IS
'First that holds: available <= 0 out_of_stock, <= minimum critical, <= reorder point low_stock, >= maximum '
'overstock, else in_stock';
COMMENT ON COLUMN app.low_stock_report.reason IS 'The numbers behind status and reorder_quantity, as a sentence';
COMMENT ON COLUMN app.low_stock_report.reason_ro IS 'The same sentence in Romanian';
COMMENT ON COLUMN app.low_stock_report.quantity IS 'Pieces in the warehouse';
COMMENT ON COLUMN app.low_stock_report.reserved_quantity IS 'Pieces promised: open orders plus what people keep back';
COMMENT ON COLUMN app.low_stock_report.available_quantity IS 'quantity - reserved_quantity';
COMMENT ON COLUMN app.low_stock_report.on_order_quantity IS 'Pieces ordered from suppliers and not yet received';
COMMENT ON COLUMN app.low_stock_report.minimum_stock IS 'At or below: critical';
COMMENT ON COLUMN app.low_stock_report.reorder_point IS 'At or below: low stock';
COMMENT ON COLUMN app.low_stock_report.maximum_stock IS 'Order up to this';
COMMENT ON COLUMN app.low_stock_report.has_manual_levels IS 'Whether a person set any of the levels or the quantity';
COMMENT ON COLUMN app.low_stock_report.reorder_quantity IS
'Pieces to order for this account: maximum - available - on order, or as set by hand';
COMMENT ON COLUMN app.low_stock_report.price IS 'Selling price without VAT, in currency';
COMMENT ON COLUMN app.low_stock_report.currency IS 'ISO 4217 code of the selling price';
COMMENT ON COLUMN app.low_stock_report.supplier_name IS
'Whom to order from: verified first, then preferred, then cheapest; null when no price list has the SKU';
COMMENT ON COLUMN app.low_stock_report.supplier_price_cny IS 'That supplier''s price of one piece, CNY';
COMMENT ON COLUMN app.low_stock_report.supplier_url IS 'The article on that supplier''s site';
COMMENT ON COLUMN app.low_stock_report.is_verified IS 'Whether a person confirmed that supplier for the SKU';
COMMENT ON COLUMN app.low_stock_report.supplier_count IS 'Suppliers with a price for the SKU';
COMMENT ON COLUMN app.low_stock_report.scan_status IS
'How the account''s newest ended sync went; failed: the stock is from the newest one that did not fail';
COMMENT ON COLUMN app.low_stock_report.scan_offers IS
'Offers seen by the newest sync that did not fail: the coverage is scan_offers of scan_total';
COMMENT ON COLUMN app.low_stock_report.scan_total IS 'Offers that the marketplace said there are';
COMMENT ON COLUMN app.low_stock_report.scanned_at IS 'When that sync ended, UTC: the stock is as of then';
COMMENT ON COLUMN app.low_stock_report.built_at IS 'When the report was built, UTC';
