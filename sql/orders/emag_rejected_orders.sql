-- An order or a line that could not be stored, without its texts.
-- Parameters: account_type, sync_log_id, order_type, page, order_id, line_number, reason, payload, seen_at.
INSERT INTO app.emag_rejected_orders (
    account_type, sync_log_id, order_type, page, order_id, line_number, reason, payload, rejected_at
)
VALUES (
    %(account_type)s,
    %(sync_log_id)s,
    %(order_type)s,
    %(page)s,
    %(order_id)s,
    %(line_number)s,
    %(reason)s,
    %(payload)s,
    %(seen_at)s
);
