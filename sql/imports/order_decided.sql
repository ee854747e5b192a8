-- Puts a line of an order off, or changes when it is proposed again. Parameters: the columns, by.
WITH gone AS (
    DELETE FROM app.purchase_order_items
    WHERE
        purchase_order_id = %(purchase_order_id)s
        AND product_id = %(product_id)s
        AND proposed_quantity IS NOT NULL
)

INSERT INTO app.purchase_decisions (
    purchase_order_id, product_id, sku, quantity, proposed_quantity, note, snoozed_until, refused_because, held_until,
    decided_by
)
VALUES (
    %(purchase_order_id)s,
    %(product_id)s,
    %(sku)s,
    %(quantity)s,
    %(proposed_quantity)s,
    %(note)s,
    %(snoozed_until)s,
    %(refused_because)s,
    %(held_until)s,
    %(by)s
)
ON CONFLICT (purchase_order_id, product_id) DO UPDATE SET
    quantity = excluded.quantity,
    note = excluded.note,
    snoozed_until = excluded.snoozed_until,
    refused_because = excluded.refused_because,
    held_until = excluded.held_until,
    decided_at = now(),
    decided_by = excluded.decided_by
