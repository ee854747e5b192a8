-- Adds a line to a draft: one that a person wants, or that was put off. Parameters: the columns, by.
WITH back AS (
    DELETE FROM app.purchase_decisions
    WHERE purchase_order_id = %(purchase_order_id)s AND product_id = %(product_id)s
)

INSERT INTO app.purchase_order_items (
    purchase_order_id, product_id, quantity, proposed_quantity, expected_on, note, edited_at, edited_by
)
VALUES (
    %(purchase_order_id)s,
    %(product_id)s,
    %(quantity)s,
    %(proposed_quantity)s,
    %(expected_on)s,
    %(note)s,
    now(),
    %(by)s
)
