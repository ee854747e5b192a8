-- Changes a line of an order as a person said. Parameters: id, quantity, expected_on, note, by.
UPDATE app.purchase_order_items
SET
    quantity = %(quantity)s,
    expected_on = %(expected_on)s,
    note = %(note)s,
    edited_at = now(),
    edited_by = %(by)s
WHERE id = %(id)s
