-- Counts a page of the window, in the transaction that stores the page.
-- Parameters: account_type, order_type, axis, starts_at, and the outcomes of the page's rows.
UPDATE app.emag_order_windows
SET
    processed_items = processed_items + %(fetched)s,
    created_items = created_items + %(created)s,
    updated_items = updated_items + %(updated)s,
    unchanged_items = unchanged_items + %(unchanged)s,
    failed_items = failed_items + %(rejected)s,
    duplicate_items = duplicate_items + %(duplicate)s,
    pages_processed = pages_processed + 1
WHERE
    account_type = %(account_type)s
    AND order_type = %(order_type)s
    AND axis = %(axis)s
    AND starts_at = %(starts_at)s;
