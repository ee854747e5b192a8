-- Changes an order as a person said; it is sent at the beginning of the day that he names.
-- Parameters: id, status, ordered_on, expected_on, note.
UPDATE app.purchase_orders
SET
    status = %(status)s,
    ordered_at = CASE
        WHEN (ordered_at AT TIME ZONE 'Europe/Bucharest')::date = %(ordered_on)s::date THEN ordered_at
        ELSE %(ordered_on)s::date::timestamp AT TIME ZONE 'Europe/Bucharest'
    END,
    expected_on = %(expected_on)s,
    note = %(note)s
WHERE id = %(id)s
