-- What people set for each inventory item, as far as it counts today and can be: the one place where that is judged.
CREATE OR REPLACE VIEW app.manual_levels AS
WITH valid AS (
    SELECT
        id,
        manual_minimum_stock,
        manual_reorder_point,
        manual_maximum_stock,
        manual_reorder_quantity
    FROM app.inventory_items
    -- A manual level counts until the end of its last day in Bucharest.
    WHERE coalesce(manual_valid_until >= (now() AT TIME ZONE 'Europe/Bucharest')::date, TRUE)
)

SELECT
    item.id AS item_id,
    app.sound_pieces(valid.manual_minimum_stock) AS minimum_stock,
    app.sound_pieces(valid.manual_reorder_point) AS reorder_point,
    app.sound_pieces(valid.manual_maximum_stock) AS maximum_stock,
    app.sound_pieces(valid.manual_reorder_quantity) AS reorder_quantity,
    -- No sum of these is more than a bigint holds.
    least(item.quantity, 1000000000000000) AS quantity,
    least(item.reserved_quantity, 1000000000000000) + coalesce(app.sound_pieces(item.manual_reserved), 0) AS reserved,
    array_remove(
        ARRAY[
            app.unsound_pieces('manual_reserved', item.manual_reserved),
            app.unsound_pieces('manual_minimum_stock', valid.manual_minimum_stock),
            app.unsound_pieces('manual_reorder_point', valid.manual_reorder_point),
            app.unsound_pieces('manual_maximum_stock', valid.manual_maximum_stock),
            app.unsound_pieces('manual_reorder_quantity', valid.manual_reorder_quantity)
        ],
        NULL
    ) AS left_out
FROM app.inventory_items AS item
LEFT JOIN valid ON item.id = valid.id;
COMMENT ON VIEW app.manual_levels IS
'Per inventory item: the levels people set that count today, its stock, and what is left out because it cannot be';
COMMENT ON COLUMN app.manual_levels.item_id IS 'The item (inventory_items.id)';
COMMENT ON COLUMN app.manual_levels.minimum_stock IS 'Minimum set by hand; null: the default';
COMMENT ON COLUMN app.manual_levels.reorder_point IS 'Reorder point set by hand; null: the default';
COMMENT ON COLUMN app.manual_levels.maximum_stock IS 'Maximum set by hand; null: the default';
COMMENT ON COLUMN app.manual_levels.reorder_quantity IS 'Quantity to order set by hand; null: computed';
COMMENT ON COLUMN app.manual_levels.quantity IS 'Pieces in the warehouse';
COMMENT ON COLUMN app.manual_levels.reserved IS 'Pieces promised: open orders plus what people keep back';
COMMENT ON COLUMN app.manual_levels.left_out IS 'Columns and their values that cannot be numbers of pieces';
