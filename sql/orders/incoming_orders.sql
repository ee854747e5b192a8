-- The orders of the current page, and their lines. Created once per session, emptied at each commit.
CREATE TEMPORARY TABLE incoming_orders (
    account_type text NOT NULL,
    sync_log_id bigint NOT NULL,
    seen_at timestamptz NOT NULL,
    order_id bigint PRIMARY KEY,
    order_type smallint NOT NULL,
    status smallint,
    ordered_at timestamptz,
    modified_at timestamptz,
    payment_mode smallint,
    is_storno boolean,
    parent_id bigint,
    reason_cancellation integer,
    shipping_tax numeric(14, 4),
    refunded_amount numeric(14, 4),
    is_whole boolean NOT NULL,
    notes text[] NOT NULL,
    content_hash bytea NOT NULL,
    change text CHECK (change IN ('created', 'updated', 'unchanged'))
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE incoming_order_lines (
    order_id bigint NOT NULL,
    line_id bigint NOT NULL,
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
    PRIMARY KEY (order_id, line_id)
) ON COMMIT DELETE ROWS;
