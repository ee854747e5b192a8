-- Stock that is too much: what nobody buys, and what is above the levels and lasts longer than it may. Named after
-- stock_levels.sql, which it reads, because views are made in the order of their files' names.
CREATE OR REPLACE VIEW app.overstock AS
SELECT
    planned.account_type,
    planned.sku,
    CASE WHEN planned.is_unsold THEN 'dead stock' ELSE 'overstock' END AS kind,
    stock.available AS available_quantity,
    kept.pieces AS kept_quantity,
    stock.available - kept.pieces AS excess_quantity,
    planned.landed_unit_cost_ron,
    round((stock.available - kept.pieces) * planned.landed_unit_cost_ron, 2) AS value_ron,
    planned.expected_daily_demand,
    round(stock.available / nullif(planned.expected_daily_demand, 0), 2) AS days_of_cover,
    planned.most_cover_days
FROM app.demand_levels AS planned
INNER JOIN app.stock_levels AS levels
    ON planned.account_type = levels.account_type AND planned.sku = levels.sku AND levels.is_active
CROSS JOIN LATERAL (SELECT levels.quantity - levels.reserved) AS stock (available)
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN planned.is_unsold THEN 0
        WHEN planned.expected_daily_demand IS NOT NULL THEN greatest(
            levels.maximum,
            ceil(planned.expected_daily_demand * planned.most_cover_days)::bigint
        )
    END
) AS kept (pieces)
WHERE stock.available > kept.pieces
ORDER BY value_ron DESC NULLS LAST, excess_quantity DESC, planned.account_type, planned.sku;
COMMENT ON VIEW app.overstock IS
'Stock that nobody needs, most RON first: pieces above the maximum that last longer than most_cover_days, and stock'
' that sold nothing on 180 days on which it could';
COMMENT ON COLUMN app.overstock.account_type IS
'Account that orders the SKU, lower case; the stock is that of its warehouse';
COMMENT ON COLUMN app.overstock.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.overstock.kind IS
'dead stock: nothing was sold on the last 180 days, or more, on which it could be sold; overstock: it sells, and there'
' is more than lasts most_cover_days';
COMMENT ON COLUMN app.overstock.available_quantity IS 'Pieces that can be promised';
COMMENT ON COLUMN app.overstock.kept_quantity IS
'Pieces that are not too many: the maximum of stock_levels, and what lasts most_cover_days if that is more; of dead'
' stock 0';
COMMENT ON COLUMN app.overstock.excess_quantity IS 'available_quantity - kept_quantity';
COMMENT ON COLUMN app.overstock.landed_unit_cost_ron IS 'Landed cost of a piece (demand_levels); null: not known';
COMMENT ON COLUMN app.overstock.value_ron IS 'excess_quantity x landed_unit_cost_ron; null: not known';
COMMENT ON COLUMN app.overstock.expected_daily_demand IS
'Pieces a day of all accounts on the warehouse; null: not known';
COMMENT ON COLUMN app.overstock.days_of_cover IS
'available_quantity / expected_daily_demand; null: no demand is known, or none is expected';
COMMENT ON COLUMN app.overstock.most_cover_days IS 'Days that stock may last (demand_levels)';
