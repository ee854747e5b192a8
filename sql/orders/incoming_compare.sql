-- Completes the orders of the page by what is stored, and classifies each: created, updated or unchanged. Older rows
-- than the stored one change nothing. Needs incoming_lines.sql; runs in the same transaction.
UPDATE incoming_orders AS incoming
SET
    status = coalesce(incoming.status, known.status),
    ordered_at = coalesce(incoming.ordered_at, known.ordered_at),
    modified_at = coalesce(incoming.modified_at, known.modified_at),
    payment_mode = coalesce(incoming.payment_mode, known.payment_mode),
    is_storno = coalesce(incoming.is_storno, known.is_storno),
    parent_id = coalesce(incoming.parent_id, known.parent_id),
    reason_cancellation = coalesce(incoming.reason_cancellation, known.reason_cancellation),
    shipping_tax = coalesce(incoming.shipping_tax, known.shipping_tax),
    refunded_amount = coalesce(incoming.refunded_amount, known.refunded_amount),
    lines_as_of = CASE WHEN incoming.has_lines THEN incoming.modified_at ELSE known.lines_as_of END,
    is_whole = incoming.is_whole OR coalesce(known.is_whole, FALSE),
    -- The hash stays that of the whole row: when it comes again, it is unchanged.
    content_hash = CASE
        WHEN known.is_whole AND NOT incoming.is_whole THEN known.content_hash ELSE incoming.content_hash
    END,
    change = CASE
        WHEN known.order_id IS NULL THEN 'created'
        WHEN incoming.content_hash = known.content_hash OR incoming.modified_at < known.modified_at THEN 'unchanged'
        WHEN incoming.is_whole OR NOT known.is_whole THEN 'updated'
        WHEN
            (
                coalesce(incoming.status, known.status),
                coalesce(incoming.ordered_at, known.ordered_at),
                coalesce(incoming.modified_at, known.modified_at),
                coalesce(incoming.payment_mode, known.payment_mode),
                coalesce(incoming.is_storno, known.is_storno),
                coalesce(incoming.parent_id, known.parent_id),
                coalesce(incoming.reason_cancellation, known.reason_cancellation),
                coalesce(incoming.shipping_tax, known.shipping_tax),
                coalesce(incoming.refunded_amount, known.refunded_amount)
            ) IS DISTINCT FROM (
                known.status,
                known.ordered_at,
                known.modified_at,
                known.payment_mode,
                known.is_storno,
                known.parent_id,
                known.reason_cancellation,
                known.shipping_tax,
                known.refunded_amount
            )
            OR EXISTS (
                SELECT to_jsonb(sent) FROM incoming_order_lines AS sent
                WHERE sent.order_id = incoming.order_id
                EXCEPT
                SELECT to_jsonb(line) - 'account_type' FROM app.emag_order_lines AS line
                WHERE line.account_type = incoming.account_type AND line.order_id = incoming.order_id
            )
            THEN 'updated'
        ELSE 'unchanged'
    END
FROM incoming_orders AS page
LEFT JOIN app.emag_orders AS known
    ON page.account_type = known.account_type AND page.order_id = known.order_id
WHERE incoming.order_id = page.order_id;
