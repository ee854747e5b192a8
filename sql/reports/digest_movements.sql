-- Items that became critical in a period, or recovered: what costs most a day first. Parameters: period, starts_on,
-- accounts.
SELECT
    moved.account_type,
    moved.sku,
    moved.movement,
    moved.status_after,
    moved.name,
    moved.available_quantity,
    moved.reorder_quantity,
    moved.supplier_name
FROM app.status_movements AS moved
LEFT JOIN app.low_stock_report AS report ON moved.account_type = report.account_type AND moved.sku = report.sku
WHERE moved.period = %(period)s AND moved.starts_on = %(starts_on)s AND moved.account_type = any(%(accounts)s)
ORDER BY
    coalesce(report.ron_at_risk_per_day, 0) DESC,
    moved.status_after = 'out_of_stock' DESC NULLS LAST,
    array_position(%(accounts)s::text[], moved.account_type),
    moved.sku;
