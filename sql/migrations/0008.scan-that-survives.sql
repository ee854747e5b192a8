-- depends: 0007.low-stock-report
-- Pages of any size and single reads, resumed syncs, removal, stock known only from below, the history of an offer.

ALTER TABLE app.raw_emag_product_pages
ADD COLUMN sequence integer CHECK (sequence >= 1),
ADD COLUMN items_per_page integer NOT NULL DEFAULT 100 CHECK (items_per_page >= 1),
ADD COLUMN filters jsonb NOT NULL DEFAULT '{}';
UPDATE app.raw_emag_product_pages AS page
SET sequence = page.page, items_per_page = coalesce((log.parameters ->> 'items_per_page')::integer, 100)
FROM app.emag_sync_logs AS log
WHERE page.sync_log_id = log.id;
ALTER TABLE app.raw_emag_product_pages DROP CONSTRAINT raw_emag_product_pages_pkey;
ALTER TABLE app.raw_emag_product_pages ADD PRIMARY KEY (sync_log_id, sequence);
ALTER TABLE app.raw_emag_product_pages ALTER COLUMN items_per_page DROP DEFAULT;
COMMENT ON COLUMN app.raw_emag_product_pages.sequence IS 'Order in which the sync stored its pages, from 1';
COMMENT ON COLUMN app.raw_emag_product_pages.page IS
'Page number as asked for, from 1; one that is read again has several rows';
COMMENT ON COLUMN app.raw_emag_product_pages.items_per_page IS
'Offers asked for: fewer when the marketplace is too slow for more';
COMMENT ON COLUMN app.raw_emag_product_pages.filters IS
'What the read was limited to, such as {"id": 1042} for a single offer; {} for a page of the catalogue';

ALTER TABLE app.emag_sync_logs
DROP CONSTRAINT emag_sync_logs_check1,
ADD COLUMN held_back_items integer NOT NULL DEFAULT 0,
ADD COLUMN resumed_from bigint,
ADD CHECK (NOT is_complete OR status = 'completed' OR (status = 'partial' AND held_back_items > 0));
COMMENT ON COLUMN app.emag_sync_logs.is_complete IS
'Every page of every status was read anew and the distinct offers agree with the counts before and after:'
' only such a sync can conclude that an offer is gone';
COMMENT ON COLUMN app.emag_sync_logs.held_back_items IS
'Offers that did not come back and were not marked removed, because they are more than half of the known ones:'
' magflow accept-removal';
COMMENT ON COLUMN app.emag_sync_logs.resumed_from IS
'The sync that died before its end and whose pages this one took over; null for one that began anew';

ALTER TABLE app.emag_accounts
ADD COLUMN removal_accepted_at timestamptz,
ADD COLUMN removal_accepted_by text;
COMMENT ON COLUMN app.emag_accounts.removal_accepted_at IS
'When a person accepted that more than half of the offers are gone, UTC; null again after the next complete sync';
COMMENT ON COLUMN app.emag_accounts.removal_accepted_by IS 'Who accepted it';

ALTER TABLE app.emag_sync_progress
ADD COLUMN rate_limit_hits integer NOT NULL DEFAULT 0,
ADD COLUMN items_per_page integer;
COMMENT ON COLUMN app.emag_sync_progress.rate_limit_hits IS 'Answers 429 so far: the marketplace asked to slow down';
COMMENT ON COLUMN app.emag_sync_progress.items_per_page IS
'Offers asked for at once at the moment: fewer while the marketplace is slow';

ALTER TABLE app.emag_products_v2
ADD COLUMN stock_above bigint CHECK (stock_above >= 0),
ADD COLUMN stock_above_since timestamptz,
ADD COLUMN stock_asked_at timestamptz,
ADD CHECK ((stock_above IS NULL) = (stock_above_since IS NULL));
COMMENT ON COLUMN app.emag_products_v2.stock_above IS
'The stock is more than this, or the offer is gone: an incremental sync asked for all offers with at most so many'
' pieces, and this one was low before and did not come back. Null: stock_quantity is exact';
COMMENT ON COLUMN app.emag_products_v2.stock_above_since IS 'Since when that is known, UTC';
COMMENT ON COLUMN app.emag_products_v2.stock_asked_at IS
'When the offer was last asked for by its id and did not come, UTC';

ALTER TABLE app.low_stock_report ADD COLUMN stock_above_since timestamptz;
COMMENT ON COLUMN app.low_stock_report.stock_above_since IS
'Since when the stock is only known to be at least quantity, UTC; null: quantity was counted';

CREATE TABLE app.emag_offer_history (
    account_type text NOT NULL,
    emag_offer_id bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    sku text NOT NULL,
    price numeric(14, 4),
    currency text,
    stock bigint,
    stock_above bigint,
    status smallint NOT NULL,
    is_removed boolean NOT NULL DEFAULT FALSE,
    PRIMARY KEY (account_type, emag_offer_id, valid_from),
    FOREIGN KEY (account_type, emag_offer_id)
    REFERENCES app.emag_products_v2 (account_type, emag_id) ON DELETE CASCADE
);
COMMENT ON TABLE app.emag_offer_history IS
'What an offer was: a row when price, stock or status changes, valid until the next row; see offers_as_of(time)';
COMMENT ON COLUMN app.emag_offer_history.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.emag_offer_history.emag_offer_id IS 'Seller''s offer id';
COMMENT ON COLUMN app.emag_offer_history.valid_from IS 'When the values were first read, UTC';
COMMENT ON COLUMN app.emag_offer_history.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.emag_offer_history.price IS 'Selling price without VAT, in currency';
COMMENT ON COLUMN app.emag_offer_history.currency IS 'ISO 4217 code that eMAG gave with the row';
COMMENT ON COLUMN app.emag_offer_history.stock IS 'Pieces; null while only stock_above is known';
COMMENT ON COLUMN app.emag_offer_history.stock_above IS 'More pieces than this, not counted; null while stock is known';
COMMENT ON COLUMN app.emag_offer_history.status IS '0 inactive, 1 active, 2 end of life';
COMMENT ON COLUMN app.emag_offer_history.is_removed IS 'Whether the offer was gone';

-- The offers that were there before this table: their history begins with what is known of them.
INSERT INTO app.emag_offer_history (account_type, emag_offer_id, valid_from, sku, price, currency, stock, status)
SELECT
    account_type,
    emag_id,
    updated_at,
    sku,
    price,
    currency,
    stock_quantity,
    status
FROM app.emag_products_v2;
