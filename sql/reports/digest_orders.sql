-- Orders to suppliers that were sent in a period, and those that are late now. Parameters: starts_on, ends_on.
SELECT
    purchase_order_id,
    supplier_name,
    ordered_on,
    expected_on,
    pieces,
    pieces_to_come,
    value,
    currency,
    lines_not_valued,
    value_ron,
    days_late,
    ordered_on BETWEEN %(starts_on)s AND %(ends_on)s AS is_of_period
FROM app.supplier_orders
WHERE ordered_on BETWEEN %(starts_on)s AND %(ends_on)s OR days_late > 0
ORDER BY days_late DESC NULLS LAST, ordered_on, purchase_order_id;
