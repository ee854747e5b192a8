-- The levels that a stock is compared with, computed only here. docs/data.md says which level changes when two
-- contradict each other; effective_levels in purchasing/stock.py is the same rule in Python, and a test compares both.
CREATE OR REPLACE FUNCTION app.effective_levels(minimum_set bigint, reorder_point_set bigint, maximum_set bigint)
RETURNS TABLE (minimum bigint, reorder_point bigint, maximum bigint)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT
        coalesce(
            minimum_set,
            CASE WHEN used.point >= usual.minimum THEN usual.minimum ELSE used.point * usual.minimum / usual.point END
        ),
        used.point,
        CASE
            WHEN maximum_set IS NULL AND used.point < usual.maximum THEN usual.maximum
            WHEN maximum_set IS NULL THEN used.point + usual.maximum - usual.point
            WHEN maximum_set <= used.point AND (maximum_set, used.point) <> (0, 0) THEN used.point + 1
            ELSE maximum_set
        END
    FROM (VALUES (10::bigint, 20::bigint, 100::bigint)) AS usual (minimum, point, maximum)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN minimum_set > usual.point THEN minimum_set + usual.point - usual.minimum ELSE usual.point END
    ) AS unbound (point)
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN reorder_point_set IS NOT NULL THEN greatest(minimum_set, reorder_point_set)
            WHEN maximum_set <= unbound.point THEN greatest(minimum_set, maximum_set * usual.point / usual.maximum)
            ELSE unbound.point
        END
    ) AS used (point)
$$;
COMMENT ON FUNCTION app.effective_levels(bigint, bigint, bigint) IS
'The levels that are used where these were set, null for the default: minimum <= reorder point < maximum.'
' Without arguments that are set, the default policy';

-- Without WITH, which would hide the tables' statistics from the planner wherever the view is joined.
CREATE OR REPLACE VIEW app.stock_levels AS
SELECT
    account.account_type,
    product.sku,
    levels.minimum,
    levels.reorder_point,
    levels.maximum,
    CASE
        WHEN coalesce(judged.minimum, judged.reorder_point, judged.maximum) IS NULL THEN 'default' ELSE 'manual'
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
    judged.warehouse_id
FROM app.configured_accounts AS account
INNER JOIN app.warehouses AS warehouse ON account.warehouse = warehouse.code
INNER JOIN ( -- noqa: ST05, see above
    SELECT
        item.product_id,
        item.warehouse_id,
        item.is_active,
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
CROSS JOIN LATERAL app.effective_levels(judged.minimum, judged.reorder_point, judged.maximum) AS levels;
COMMENT ON VIEW app.stock_levels IS
'The levels each stock is judged by, and the stock: one row per configured account and SKU of its warehouse';
COMMENT ON COLUMN app.stock_levels.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.stock_levels.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.stock_levels.minimum IS 'At or below: critical';
COMMENT ON COLUMN app.stock_levels.reorder_point IS 'At or below: low stock';
COMMENT ON COLUMN app.stock_levels.maximum IS 'Order up to this';
COMMENT ON COLUMN app.stock_levels.source IS
'manual: a person set at least one of the three, and it counts today; default: the default policy';
COMMENT ON COLUMN app.stock_levels.minimum_set IS 'Minimum set by hand; null: the default';
COMMENT ON COLUMN app.stock_levels.reorder_point_set IS 'Reorder point set by hand; null: the default';
COMMENT ON COLUMN app.stock_levels.maximum_set IS 'Maximum set by hand; null: the default';
COMMENT ON COLUMN app.stock_levels.reorder_quantity_set IS 'Quantity to order set by hand; null: computed';
COMMENT ON COLUMN app.stock_levels.quantity IS 'Pieces in the warehouse';
COMMENT ON COLUMN app.stock_levels.reserved IS 'Pieces promised: open orders plus what people keep back';
COMMENT ON COLUMN app.stock_levels.left_out IS
'Columns of the item and their values that cannot be numbers of pieces';
COMMENT ON COLUMN app.stock_levels.is_active IS 'Whether the inventory item is in use';
COMMENT ON COLUMN app.stock_levels.product_id IS 'The product (products.id)';
COMMENT ON COLUMN app.stock_levels.warehouse_id IS 'The warehouse of the account (warehouses.id)';
