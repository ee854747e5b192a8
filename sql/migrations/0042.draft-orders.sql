-- depends: 0041.report-of-plan
-- Proposals become drafts of orders, which people edit in a workbook and send; what they put off is not proposed again
-- before its day.

ALTER TABLE app.purchase_orders
ADD COLUMN draft_key text UNIQUE CHECK (draft_key ~ '^D[1-9][0-9]*$'),
ADD COLUMN shipping text,
ADD COLUMN note text;
COMMENT ON COLUMN app.purchase_orders.status IS
'draft: not sent, and not on order; sent, confirmed and partially_received count as on order';
COMMENT ON COLUMN app.purchase_orders.draft_key IS
'Number that people say, such as D101, of an order that began as a draft of magflow, and that it keeps; null: another'
' program entered the order';
COMMENT ON COLUMN app.purchase_orders.shipping IS 'Way of shipping (supplier_terms.shipping); null: nobody told';
COMMENT ON COLUMN app.purchase_orders.note IS 'What a person noted of the order';
CREATE SEQUENCE app.draft_numbers START WITH 101;
-- What is proposed goes to the one open draft of its supplier, shipping and currency.
CREATE UNIQUE INDEX purchase_orders_one_draft ON app.purchase_orders (supplier_id, shipping, coalesce(currency, ''))
WHERE status = 'draft' AND draft_key IS NOT NULL;

ALTER TABLE app.purchase_order_items
ADD COLUMN proposed_quantity bigint CHECK (proposed_quantity >= 0),
ADD COLUMN expected_on date,
ADD COLUMN note text,
ADD COLUMN edited_at timestamptz,
ADD COLUMN edited_by text;
COMMENT ON COLUMN app.purchase_order_items.proposed_quantity IS
'Pieces that were proposed when the draft was last brought up to date; 0: a person added the line; null: another'
' program entered it';
COMMENT ON COLUMN app.purchase_order_items.expected_on IS
'Day the goods are expected, Europe/Bucharest; null: that of the order';
COMMENT ON COLUMN app.purchase_order_items.note IS 'What a person noted of the line';
COMMENT ON COLUMN app.purchase_order_items.edited_at IS
'When a person last changed it, UTC: from then on new proposals leave it as it is; null: nobody did';
COMMENT ON COLUMN app.purchase_order_items.edited_by IS 'Who';
-- Lines that another program entered may name a product twice.
CREATE UNIQUE INDEX purchase_order_items_one_line ON app.purchase_order_items (purchase_order_id, product_id)
WHERE proposed_quantity IS NOT NULL;
CREATE TRIGGER sound_expected_on BEFORE INSERT OR UPDATE OF expected_on ON app.purchase_order_items FOR EACH ROW
WHEN (new.expected_on IS NOT NULL AND app.sound_day(new.expected_on) IS NULL)
EXECUTE FUNCTION app.refuse_value('expected_on', 'a day of the years 1900 to 9999, or null');

CREATE TABLE app.purchase_order_shares (
    purchase_order_id bigint NOT NULL REFERENCES app.purchase_orders (id) ON DELETE CASCADE,
    product_id bigint NOT NULL REFERENCES app.products (id) ON DELETE CASCADE,
    account_type text NOT NULL CHECK (account_type = lower(account_type)),
    quantity bigint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (purchase_order_id, product_id, account_type)
);
COMMENT ON TABLE app.purchase_order_shares IS
'For which accounts a line of an order is, as reorder_shares said: pieces that are still to come are split in these'
' parts';
COMMENT ON COLUMN app.purchase_order_shares.purchase_order_id IS 'The order (purchase_orders.id)';
COMMENT ON COLUMN app.purchase_order_shares.product_id IS 'The product (products.id)';
COMMENT ON COLUMN app.purchase_order_shares.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.purchase_order_shares.quantity IS 'Its part of the proposed pieces';

CREATE TABLE app.purchase_decisions (
    purchase_order_id bigint NOT NULL REFERENCES app.purchase_orders (id) ON DELETE CASCADE,
    product_id bigint NOT NULL REFERENCES app.products (id) ON DELETE CASCADE,
    sku text NOT NULL CHECK (sku <> ''),
    quantity bigint NOT NULL CHECK (quantity > 0),
    proposed_quantity bigint NOT NULL CHECK (proposed_quantity >= 0),
    note text,
    snoozed_until date,
    refused_because text,
    held_until date,
    decided_at timestamptz NOT NULL DEFAULT now(),
    decided_by text,
    PRIMARY KEY (purchase_order_id, product_id),
    CHECK ((held_until IS NULL) = (snoozed_until IS NULL AND refused_because IS NULL))
);
CREATE INDEX purchase_decisions_sku ON app.purchase_decisions (sku);
COMMENT ON TABLE app.purchase_decisions IS
'Lines that a person took out of a draft, to be proposed again on a day: snoozed or refused. Of several decisions on a'
' SKU the newest counts';
COMMENT ON COLUMN app.purchase_decisions.purchase_order_id IS 'The order whose draft had the line (purchase_orders.id)';
COMMENT ON COLUMN app.purchase_decisions.product_id IS 'The product (products.id)';
COMMENT ON COLUMN app.purchase_decisions.sku IS 'Its SKU';
COMMENT ON COLUMN app.purchase_decisions.quantity IS 'Pieces that the line had';
COMMENT ON COLUMN app.purchase_decisions.proposed_quantity IS 'Pieces that were proposed';
COMMENT ON COLUMN app.purchase_decisions.note IS 'The line''s note';
COMMENT ON COLUMN app.purchase_decisions.snoozed_until IS
'Day in Bucharest on which it is proposed again; null: refused without a day';
COMMENT ON COLUMN app.purchase_decisions.refused_because IS 'Why a person refused it; null: it is only put off';
COMMENT ON COLUMN app.purchase_decisions.held_until IS
'Day in Bucharest on which it is proposed again: snoozed_until, else MAGFLOW_REFUSED_DAYS after the decision; null: the'
' decision was taken back';
COMMENT ON COLUMN app.purchase_decisions.decided_at IS 'When, UTC';
COMMENT ON COLUMN app.purchase_decisions.decided_by IS 'Who';

ALTER TABLE app.product_supplier_sheets
ADD COLUMN article_name text,
ADD COLUMN specification text;
COMMENT ON COLUMN app.product_supplier_sheets.article_name IS
'The supplier''s own name of the article, for orders to him; null: nobody told';
COMMENT ON COLUMN app.product_supplier_sheets.specification IS
'His name of the variant, such as colour or size; null: nobody told';

CALL app.watch_inputs('reorder_proposals', 'purchase_decisions', 'purchase_order_shares');
CALL app.watch_inputs('low_stock_report', 'purchase_order_shares');
