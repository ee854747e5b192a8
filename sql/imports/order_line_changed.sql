-- Changes a line of an order as a person said; as it was proposed, it follows the proposals again.
-- Parameters: id, quantity, expected_on, note, by.
UPDATE app.purchase_order_items
SET
    quantity = %(quantity)s,
    expected_on = %(expected_on)s,
    note = %(note)s,
    edited_at = CASE
        WHEN (%(quantity)s, %(expected_on)s::date, %(note)s::text) IS DISTINCT FROM (proposed_quantity, NULL, NULL)
            THEN now()
    END,
    edited_by = %(by)s
WHERE id = %(id)s
