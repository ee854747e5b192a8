-- depends: 0025.report
-- What was sold: orders and their lines, without anything of the customer, and the windows in which they were read.

CREATE TABLE app.emag_orders (
    account_type text NOT NULL CHECK (account_type = lower(account_type) AND account_type <> ''),
    order_id bigint NOT NULL CHECK (order_id > 0),
    order_type smallint NOT NULL,
    status smallint,
    ordered_at timestamptz,
    ordered_on date GENERATED ALWAYS AS ((ordered_at AT TIME ZONE 'Europe/Bucharest')::date) STORED,
    modified_at timestamptz,
    payment_mode smallint,
    is_storno boolean,
    parent_id bigint,
    reason_cancellation integer,
    shipping_tax numeric(14, 4),
    refunded_amount numeric(14, 4),
    is_whole boolean NOT NULL,
    lines_as_of timestamptz,
    notes text[] NOT NULL DEFAULT '{}',
    content_hash bytea NOT NULL,
    last_sync_id bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (account_type, order_id)
);
CREATE INDEX emag_orders_ordered_at ON app.emag_orders (account_type, ordered_at);
CREATE INDEX emag_orders_updated_at ON app.emag_orders (updated_at);
CREATE INDEX emag_orders_lines_behind ON app.emag_orders (account_type)
WHERE modified_at IS NOT NULL AND lines_as_of IS DISTINCT FROM modified_at;
COMMENT ON TABLE app.emag_orders IS
'Orders of both types. Who ordered is not in it: no name, address, mail or telephone is ever stored';
COMMENT ON COLUMN app.emag_orders.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.emag_orders.order_id IS 'eMAG''s number of the order';
COMMENT ON COLUMN app.emag_orders.order_type IS '3: shipped by the seller; 2: fulfilled by eMAG';
COMMENT ON COLUMN app.emag_orders.status IS
'0 cancelled, 1 new, 2 in progress, 3 prepared, 4 finalized, 5 returned; another number is kept as eMAG sent it; null:'
' none was sent';
COMMENT ON COLUMN app.emag_orders.ordered_at IS
'When it was ordered, UTC; eMAG says it in the time of Bucharest. Null: eMAG named no usable time';
COMMENT ON COLUMN app.emag_orders.ordered_on IS 'The day of ordered_at in Bucharest: demand counts by it';
COMMENT ON COLUMN app.emag_orders.modified_at IS 'When eMAG last changed it, UTC; null while nobody has';
COMMENT ON COLUMN app.emag_orders.payment_mode IS '1 cash on delivery, 2 bank transfer, 3 card';
COMMENT ON COLUMN app.emag_orders.is_storno IS 'Whether eMAG marks it as a reversal';
COMMENT ON COLUMN app.emag_orders.parent_id IS 'The order that it came from, where eMAG names one';
COMMENT ON COLUMN app.emag_orders.reason_cancellation IS 'eMAG''s code of why it was cancelled';
COMMENT ON COLUMN app.emag_orders.shipping_tax IS 'Shipping, with VAT, in the currency of its lines';
COMMENT ON COLUMN app.emag_orders.refunded_amount IS 'What was paid back, in the currency of its lines';
COMMENT ON COLUMN app.emag_orders.is_whole IS
'Whether it was ever sent with products and customer; eMAG also sends rows without, which take nothing away from it';
COMMENT ON COLUMN app.emag_orders.lines_as_of IS
'modified_at of the row that last came with lines, or of when it was asked for by its number; another one than'
' modified_at: eMAG said that it changed and sent no lines, so the next sync asks for it';
COMMENT ON COLUMN app.emag_orders.notes IS 'Values that could not be kept, one sentence each, without quoting them';
COMMENT ON COLUMN app.emag_orders.content_hash IS 'Of order and lines as last stored: an equal row changes nothing';
COMMENT ON COLUMN app.emag_orders.last_sync_id IS 'The sync that last changed it (emag_sync_logs.id)';
COMMENT ON COLUMN app.emag_orders.created_at IS 'When it was first stored, UTC';
COMMENT ON COLUMN app.emag_orders.updated_at IS 'When it or one of its lines last changed here, UTC';

CREATE TABLE app.emag_order_lines (
    account_type text NOT NULL,
    order_id bigint NOT NULL,
    line_id bigint NOT NULL CHECK (line_id > 0),
    product_id bigint,
    part_number_key text,
    part_number text,
    ext_part_number text,
    status smallint,
    quantity bigint,
    initial_qty bigint,
    storno_qty bigint,
    sale_price numeric(14, 4),
    original_price numeric(14, 4),
    currency text,
    vat_rate numeric(7, 4),
    PRIMARY KEY (account_type, order_id, line_id),
    FOREIGN KEY (account_type, order_id) REFERENCES app.emag_orders (account_type, order_id)
    ON DELETE CASCADE DEFERRABLE
);
CREATE INDEX emag_order_lines_product ON app.emag_order_lines (account_type, product_id);
COMMENT ON TABLE app.emag_order_lines IS
'What was ordered: one row per line of an order. A line that a later whole reading of its order lacks is deleted';
COMMENT ON COLUMN app.emag_order_lines.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.emag_order_lines.order_id IS 'The order (emag_orders)';
COMMENT ON COLUMN app.emag_order_lines.line_id IS 'eMAG''s number of the line';
COMMENT ON COLUMN app.emag_order_lines.product_id IS
'Seller''s offer id (emag_products_v2.emag_id): the first thing to join by; null where eMAG sent none';
COMMENT ON COLUMN app.emag_order_lines.part_number_key IS 'eMAG''s catalogue code: the second thing to join by';
COMMENT ON COLUMN app.emag_order_lines.part_number IS
'As eMAG sent it: the seller''s SKU in most answers, eMAG''s in some: the third thing to join by';
COMMENT ON COLUMN app.emag_order_lines.ext_part_number IS 'As eMAG sent it: the seller''s SKU where part_number is not';
COMMENT ON COLUMN app.emag_order_lines.status IS '1: counts; 0: cancelled; null: none was sent';
COMMENT ON COLUMN app.emag_order_lines.quantity IS
'Pieces of it now, what came back taken off; null: none was sent. Null is unknown, not zero';
COMMENT ON COLUMN app.emag_order_lines.initial_qty IS 'Pieces ordered at first, returned ones included';
COMMENT ON COLUMN app.emag_order_lines.storno_qty IS 'Pieces returned or cancelled since';
COMMENT ON COLUMN app.emag_order_lines.sale_price IS 'Price of a piece without VAT, in currency';
COMMENT ON COLUMN app.emag_order_lines.original_price IS 'Price of a piece before discounts, without VAT, in currency';
COMMENT ON COLUMN app.emag_order_lines.currency IS 'ISO 4217 code that eMAG gave with the line';
COMMENT ON COLUMN app.emag_order_lines.vat_rate IS 'VAT as a fraction, such as 0.2100';

CREATE TABLE app.emag_order_windows (
    account_type text NOT NULL CHECK (account_type = lower(account_type) AND account_type <> ''),
    order_type smallint NOT NULL,
    axis text NOT NULL CHECK (axis IN ('created', 'modified')),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    read_to timestamptz,
    read_at timestamptz,
    asked_from timestamptz,
    asked_to timestamptz,
    sync_log_id bigint,
    total_items integer CHECK (total_items >= 0),
    distinct_items integer NOT NULL DEFAULT 0,
    processed_items integer NOT NULL DEFAULT 0,
    created_items integer NOT NULL DEFAULT 0,
    updated_items integer NOT NULL DEFAULT 0,
    unchanged_items integer NOT NULL DEFAULT 0,
    failed_items integer NOT NULL DEFAULT 0,
    duplicate_items integer NOT NULL DEFAULT 0,
    pages_processed integer NOT NULL DEFAULT 0,
    error text,
    PRIMARY KEY (account_type, order_type, axis, starts_at),
    CHECK (ends_at > starts_at),
    CHECK (read_to > starts_at AND read_to <= ends_at),
    CHECK ((read_to IS NULL) = (read_at IS NULL))
);
COMMENT ON TABLE app.emag_order_windows IS
'Stretches of time in which orders are asked for, of at most 28 days: of each account and type those in which orders'
' were created, and those in which they were changed. Together they say what was read and what is missing: order_gaps';
COMMENT ON COLUMN app.emag_order_windows.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.emag_order_windows.order_type IS '3: shipped by the seller; 2: fulfilled by eMAG';
COMMENT ON COLUMN app.emag_order_windows.axis IS
'created: by when orders were created, for the history and for fresh ones, which have no time of change; modified: by'
' when they were changed, from the day of the first reading on';
COMMENT ON COLUMN app.emag_order_windows.starts_at IS 'Its start, UTC: a midnight in Bucharest';
COMMENT ON COLUMN app.emag_order_windows.ends_at IS 'Its end, UTC: the start of the next window';
COMMENT ON COLUMN app.emag_order_windows.read_to IS
'The watermark: up to here the window was read whole, UTC. Moved only after the last page; null: never read whole';
COMMENT ON COLUMN app.emag_order_windows.read_at IS 'When the watermark was last moved, UTC';
COMMENT ON COLUMN app.emag_order_windows.asked_from IS
'From when the last reading asked, UTC: before the watermark, so that what came late is not missed';
COMMENT ON COLUMN app.emag_order_windows.asked_to IS 'Until when the last reading asked, UTC';
COMMENT ON COLUMN app.emag_order_windows.sync_log_id IS 'The sync that last began to read it (emag_sync_logs.id)';
COMMENT ON COLUMN app.emag_order_windows.total_items IS
'Orders of the last reading as eMAG counted them; null: it did not say';
COMMENT ON COLUMN app.emag_order_windows.distinct_items IS 'Different orders that the last reading received';
COMMENT ON COLUMN app.emag_order_windows.processed_items IS
'Rows that the last reading received = created + updated + unchanged + failed + duplicate';
COMMENT ON COLUMN app.emag_order_windows.created_items IS 'Of these: orders seen for the first time';
COMMENT ON COLUMN app.emag_order_windows.updated_items IS 'Of these: orders that changed';
COMMENT ON COLUMN app.emag_order_windows.unchanged_items IS 'Of these: orders as they were, or older';
COMMENT ON COLUMN app.emag_order_windows.failed_items IS 'Of these: rows in emag_rejected_orders';
COMMENT ON COLUMN app.emag_order_windows.duplicate_items IS 'Of these: rows of an order that the same page repeats';
COMMENT ON COLUMN app.emag_order_windows.pages_processed IS 'Pages that the last reading stored: how far it came';
COMMENT ON COLUMN app.emag_order_windows.error IS 'Why the last reading did not read it whole; null: it did, or runs';

CREATE TABLE app.emag_rejected_orders (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    account_type text NOT NULL,
    sync_log_id bigint NOT NULL REFERENCES app.emag_sync_logs (id) ON DELETE CASCADE,
    order_type smallint NOT NULL,
    page integer NOT NULL,
    order_id bigint,
    line_number integer,
    reason text NOT NULL,
    payload jsonb NOT NULL,
    rejected_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX emag_rejected_orders_sync ON app.emag_rejected_orders (sync_log_id);
COMMENT ON TABLE app.emag_rejected_orders IS
'Rows of orders, and single lines of them, that could not be stored, with the reason: nothing is dropped in silence';
COMMENT ON COLUMN app.emag_rejected_orders.id IS 'Number of the row';
COMMENT ON COLUMN app.emag_rejected_orders.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.emag_rejected_orders.sync_log_id IS 'The sync that received it';
COMMENT ON COLUMN app.emag_rejected_orders.order_type IS 'The type that was asked for';
COMMENT ON COLUMN app.emag_rejected_orders.page IS 'The page it was on';
COMMENT ON COLUMN app.emag_rejected_orders.order_id IS 'eMAG''s number of the order, when the row has a usable one';
COMMENT ON COLUMN app.emag_rejected_orders.line_number IS
'Which of its lines, from 1, where the order itself was stored; null: the whole order';
COMMENT ON COLUMN app.emag_rejected_orders.reason IS 'What is wrong with it';
COMMENT ON COLUMN app.emag_rejected_orders.payload IS
'The numbers and times of the row under the keys that are read. No text, so that nothing of a customer is kept';
COMMENT ON COLUMN app.emag_rejected_orders.rejected_at IS 'When, UTC';

ALTER TABLE app.emag_sync_logs
DROP CONSTRAINT emag_sync_logs_operation_check,
ADD CONSTRAINT emag_sync_logs_operation_check CHECK (operation IN ('full', 'incremental', 'selective', 'backfill'));
COMMENT ON COLUMN app.emag_sync_logs.operation IS
'Mode. Of the catalogue: full, incremental or selective. Of orders: incremental, or backfill while history is read';
COMMENT ON COLUMN app.emag_sync_logs.sync_type IS
'What was read: products is the catalogue with its offers; orders is what was sold';
