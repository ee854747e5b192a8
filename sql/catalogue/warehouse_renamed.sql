-- Renames the default warehouse of an account that was renamed. Parameters: old, new (codes).
-- One that already has the new code is deleted if it is empty; else both stay, and no row is returned.
DELETE FROM app.warehouses AS empty
WHERE
    empty.code = %(new)s
    AND NOT EXISTS (SELECT FROM app.inventory_items AS item WHERE item.warehouse_id = empty.id)
    AND NOT EXISTS (SELECT FROM app.purchase_order_items AS line WHERE line.warehouse_id = empty.id);

UPDATE app.warehouses
SET code = %(new)s, name = CASE WHEN name = %(old)s THEN %(new)s ELSE name END
WHERE code = %(old)s AND NOT EXISTS (SELECT FROM app.warehouses AS taken WHERE taken.code = %(new)s)
RETURNING id;
