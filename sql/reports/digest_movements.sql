-- Items that became critical in a period, or recovered, the worst first. Parameters: period, starts_on, accounts.
SELECT
    account_type,
    sku,
    movement,
    status_after,
    name,
    available_quantity,
    reorder_quantity,
    supplier_name
FROM app.status_movements
WHERE period = %(period)s AND starts_on = %(starts_on)s AND account_type = any(%(accounts)s)
ORDER BY status_after = 'out_of_stock' DESC NULLS LAST, array_position(%(accounts)s::text[], account_type), sku;
