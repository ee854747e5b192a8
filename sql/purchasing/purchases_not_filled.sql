-- Flags the order of a supplier that nothing fills up to his least value.
UPDATE planned_purchases SET is_below_minimum = TRUE
WHERE supplier_id = %(supplier_id)s AND shipping = %(shipping)s AND quantity > 0;
