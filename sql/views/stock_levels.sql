-- The levels that a stock is compared with, computed only here. docs/data.md says which level changes when two
-- contradict each other; effective_levels in purchasing/stock.py is the same rule in Python, and a test compares both.
CREATE OR REPLACE FUNCTION app.effective_levels(
    minimum_set bigint, reorder_point_set bigint, maximum_set bigint,
    usual_minimum bigint, usual_point bigint, usual_maximum bigint
) RETURNS TABLE (minimum bigint, reorder_point bigint, maximum bigint)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT
        coalesce(
            minimum_set,
            CASE
                WHEN used.point >= usual_minimum THEN usual_minimum
                ELSE used.point * usual_minimum / greatest(usual_point, 1)
            END
        ),
        used.point,
        CASE
            WHEN maximum_set IS NULL AND (used.point < usual_maximum OR (used.point, usual_maximum) = (0, 0))
                THEN usual_maximum
            WHEN maximum_set IS NULL THEN used.point + greatest(usual_maximum - usual_point, 1)
            WHEN maximum_set <= used.point AND (maximum_set, used.point) <> (0, 0) THEN used.point + 1
            ELSE maximum_set
        END
    FROM (
        SELECT CASE WHEN minimum_set > usual_point THEN minimum_set + usual_point - usual_minimum ELSE usual_point END
    ) AS unbound (point)
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN reorder_point_set IS NOT NULL THEN greatest(minimum_set, reorder_point_set)
            WHEN maximum_set <= unbound.point
                THEN greatest(minimum_set, maximum_set * usual_point / greatest(usual_maximum, 1))
            ELSE unbound.point
        END
    ) AS used (point)
$$;
COMMENT ON FUNCTION app.effective_levels(bigint, bigint, bigint, bigint, bigint, bigint) IS
'The levels that are used where these were set, null for the usual one: minimum <= reorder point < maximum.'
' 0, 0, 0 keeps nothing in stock';

CREATE OR REPLACE FUNCTION app.effective_levels(minimum_set bigint, reorder_point_set bigint, maximum_set bigint)
RETURNS TABLE (minimum bigint, reorder_point bigint, maximum bigint)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT * FROM app.effective_levels(minimum_set, reorder_point_set, maximum_set, 10, 20, 100)
$$;
COMMENT ON FUNCTION app.effective_levels(bigint, bigint, bigint) IS
'The same with the default policy for what was not set. Without arguments that are set, the default policy';

-- Without WITH, which would hide the tables' statistics from the planner wherever the view is joined.
CREATE OR REPLACE VIEW app.stock_levels AS
SELECT
    account.account_type,
    product.sku,
    levels.minimum,
    levels.reorder_point,
    levels.maximum,
    CASE
        WHEN coalesce(judged.minimum, judged.reorder_point, judged.maximum) IS NOT NULL THEN 'manual' ELSE usual.source
    END AS source,
    judged.minimum AS minimum_set,
    judged.reorder_point AS reorder_point_set,
    judged.maximum AS maximum_set,
    judged.reorder_quantity AS reorder_quantity_set,
    judged.quantity,
    judged.reserved,
    judged.left_out,
    judged.is_active,
    judged.product_id,
    judged.warehouse_id,
    usual.source AS usual_source,
    usual.minimum AS usual_minimum,
    usual.reorder_point AS usual_reorder_point,
    usual.maximum AS usual_maximum,
    planned.problem,
    judged.set_by,
    judged.set_reason,
    judged.set_until
FROM app.configured_accounts AS account
INNER JOIN app.warehouses AS warehouse ON account.warehouse = warehouse.code
INNER JOIN ( -- noqa: ST05, see above
    SELECT
        item.product_id,
        item.warehouse_id,
        item.is_active,
        CASE WHEN manual.counts THEN item.manual_set_by END AS set_by,
        CASE WHEN manual.counts THEN item.manual_reason END AS set_reason,
        CASE WHEN manual.counts THEN item.manual_valid_until END AS set_until,
        app.sound_pieces(written.minimum) AS minimum,
        app.sound_pieces(written.reorder_point) AS reorder_point,
        app.sound_pieces(written.maximum) AS maximum,
        app.sound_pieces(written.reorder_quantity) AS reorder_quantity,
        -- Capped, so that no sum of these overflows a bigint.
        least(item.quantity, 1000000000000000) AS quantity,
        least(item.reserved_quantity, 1000000000000000) + coalesce(app.sound_pieces(item.manual_reserved), 0)
            AS reserved,
        array_remove(
            ARRAY[
                app.unsound_pieces('manual_reserved', item.manual_reserved),
                app.unsound_pieces('manual_minimum_stock', written.minimum),
                app.unsound_pieces('manual_reorder_point', written.reorder_point),
                app.unsound_pieces('manual_maximum_stock', written.maximum),
                app.unsound_pieces('manual_reorder_quantity', written.reorder_quantity)
            ],
            NULL
        ) AS left_out
    FROM app.inventory_items AS item
    -- A manual level counts until the end of its last day in Bucharest.
    CROSS JOIN
        LATERAL (
            SELECT
                item.manual_valid_until IS NULL
                OR item.manual_valid_until >= (now() AT TIME ZONE 'Europe/Bucharest')::date AS is_valid
        ) AS valid
    CROSS JOIN
        LATERAL (
            SELECT
                valid.is_valid,
                valid.is_valid AND num_nonnulls(
                    item.manual_minimum_stock,
                    item.manual_reorder_point,
                    item.manual_maximum_stock,
                    item.manual_reorder_quantity
                ) > 0 AS counts
        ) AS manual
    CROSS JOIN
        LATERAL (
            SELECT
                CASE WHEN manual.is_valid THEN item.manual_minimum_stock END AS minimum,
                CASE WHEN manual.is_valid THEN item.manual_reorder_point END AS reorder_point,
                CASE WHEN manual.is_valid THEN item.manual_maximum_stock END AS maximum,
                CASE WHEN manual.is_valid THEN item.manual_reorder_quantity END AS reorder_quantity
        ) AS written
    -- Computed once: effective_levels mentions each of them many times.
    OFFSET 0 -- noqa: AM09, no row is left out
) AS judged ON warehouse.id = judged.warehouse_id
INNER JOIN app.products AS product ON judged.product_id = product.id
LEFT JOIN app.demand_levels AS planned ON account.warehouse = planned.warehouse AND product.sku = planned.sku
-- What stands where nobody set a level. What is not worth keeping keeps nothing in stock.
CROSS JOIN
    LATERAL (
        SELECT
            CASE WHEN coalesce(planned.problem, 'not_worth_keeping') = 'not_worth_keeping' AND planned.sku IS NOT NULL
                THEN 'demand' ELSE 'default' END AS source,
            CASE planned.problem WHEN 'not_worth_keeping' THEN 0 ELSE coalesce(planned.safety_stock, 10) END AS minimum,
            CASE planned.problem WHEN 'not_worth_keeping' THEN 0 ELSE coalesce(planned.reorder_point, 20) END
                AS reorder_point,
            CASE planned.problem WHEN 'not_worth_keeping' THEN 0 ELSE coalesce(planned.order_up_to, 100) END AS maximum
    ) AS usual
CROSS JOIN
    LATERAL app.effective_levels(
        judged.minimum,
        judged.reorder_point,
        judged.maximum,
        usual.minimum,
        usual.reorder_point,
        usual.maximum
    ) AS levels;
COMMENT ON VIEW app.stock_levels IS
'The levels each stock is judged by, and the stock: one row per configured account and SKU of its warehouse';
COMMENT ON COLUMN app.stock_levels.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.stock_levels.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.stock_levels.minimum IS 'At or below: critical';
COMMENT ON COLUMN app.stock_levels.reorder_point IS 'At or below: low stock';
COMMENT ON COLUMN app.stock_levels.maximum IS 'Order up to this';
COMMENT ON COLUMN app.stock_levels.source IS
'manual: a person set at least one of the three, and it counts today; demand: all are of demand_levels; default: all are'
' of the default policy';
COMMENT ON COLUMN app.stock_levels.minimum_set IS 'Minimum set by hand; null: the usual one';
COMMENT ON COLUMN app.stock_levels.reorder_point_set IS 'Reorder point set by hand; null: the usual one';
COMMENT ON COLUMN app.stock_levels.maximum_set IS 'Maximum set by hand; null: the usual one';
COMMENT ON COLUMN app.stock_levels.reorder_quantity_set IS 'Quantity to order set by hand; null: computed';
COMMENT ON COLUMN app.stock_levels.quantity IS 'Pieces in the warehouse';
COMMENT ON COLUMN app.stock_levels.reserved IS 'Pieces promised: open orders plus what people keep back';
COMMENT ON COLUMN app.stock_levels.left_out IS
'Columns of the item and their values that cannot be numbers of pieces';
COMMENT ON COLUMN app.stock_levels.is_active IS 'Whether the inventory item is in use';
COMMENT ON COLUMN app.stock_levels.product_id IS 'The product (products.id)';
COMMENT ON COLUMN app.stock_levels.warehouse_id IS 'The warehouse of the account (warehouses.id)';
COMMENT ON COLUMN app.stock_levels.usual_source IS
'Where a level is from that nobody set: demand (demand_levels; what is not worth keeping has 0, 0, 0) or default';
COMMENT ON COLUMN app.stock_levels.usual_minimum IS
'Minimum where nobody set one: safety_stock of demand_levels, else the default';
COMMENT ON COLUMN app.stock_levels.usual_reorder_point IS
'Reorder point where nobody set one: that of demand_levels, else the default';
COMMENT ON COLUMN app.stock_levels.usual_maximum IS
'Maximum where nobody set one: order_up_to of demand_levels, else the default';
COMMENT ON COLUMN app.stock_levels.problem IS
'Why demand gives no level, as a code (demand_levels.problem); null: it does, or nobody has computed them yet';
COMMENT ON COLUMN app.stock_levels.set_by IS 'Who set levels, or a quantity, by hand that count today; null: nobody';
COMMENT ON COLUMN app.stock_levels.set_reason IS 'Why';
COMMENT ON COLUMN app.stock_levels.set_until IS 'Last day, Europe/Bucharest, on which they count; null: until changed';
