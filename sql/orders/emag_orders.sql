-- Upserts the orders of the page that are new or changed. Needs the marks of incoming_compare.sql; runs in the same
-- transaction.
INSERT INTO app.emag_orders (
    account_type, order_id, order_type, status, ordered_at, modified_at, payment_mode, is_storno, parent_id,
    reason_cancellation, shipping_tax, refunded_amount, is_whole, lines_as_of, notes, content_hash,
    last_sync_id, created_at, updated_at
)
SELECT
    account_type,
    order_id,
    order_type,
    status,
    ordered_at,
    modified_at,
    payment_mode,
    is_storno,
    parent_id,
    reason_cancellation,
    shipping_tax,
    refunded_amount,
    is_whole,
    lines_as_of,
    notes,
    content_hash,
    sync_log_id,
    seen_at,
    seen_at
FROM incoming_orders
WHERE change <> 'unchanged'
ON CONFLICT (account_type, order_id) DO UPDATE SET
    order_type = excluded.order_type,
    status = excluded.status,
    ordered_at = excluded.ordered_at,
    modified_at = excluded.modified_at,
    payment_mode = excluded.payment_mode,
    is_storno = excluded.is_storno,
    parent_id = excluded.parent_id,
    reason_cancellation = excluded.reason_cancellation,
    shipping_tax = excluded.shipping_tax,
    refunded_amount = excluded.refunded_amount,
    is_whole = excluded.is_whole,
    lines_as_of = excluded.lines_as_of,
    notes = excluded.notes,
    content_hash = excluded.content_hash,
    last_sync_id = excluded.last_sync_id,
    updated_at = excluded.updated_at;
