-- What people decided of each item, beside the levels that are used and where each comes from: magflow policy SKU.
CREATE OR REPLACE VIEW app.stock_policies AS
SELECT
    level.account_type,
    level.sku,
    level.minimum,
    CASE
        WHEN level.minimum_set IS NULL THEN coalesce(nullif(level.source, 'manual'), 'default')
        WHEN level.minimum_set = level.minimum THEN 'manual'
        ELSE 'moved'
    END AS minimum_source,
    level.reorder_point,
    CASE
        WHEN level.reorder_point_set IS NULL THEN coalesce(nullif(level.source, 'manual'), 'default')
        WHEN level.reorder_point_set = level.reorder_point THEN 'manual'
        ELSE 'moved'
    END AS reorder_point_source,
    level.maximum,
    CASE
        WHEN level.maximum_set IS NULL THEN coalesce(nullif(level.source, 'manual'), 'default')
        WHEN level.maximum_set = level.maximum THEN 'manual'
        ELSE 'moved'
    END AS maximum_source,
    level.reorder_quantity_set AS reorder_quantity,
    item.manual_set_by AS levels_set_by,
    item.manual_reason AS levels_reason,
    item.manual_valid_until AS levels_valid_until,
    coalesce(policy.order_anyway, FALSE) AS order_anyway,
    policy.most_cover_days,
    policy.set_by,
    policy.reason,
    policy.valid_until,
    policy.least_margin
FROM app.stock_levels AS level
INNER JOIN app.inventory_items AS item
    ON level.product_id = item.product_id AND level.warehouse_id = item.warehouse_id
LEFT JOIN app.item_policies AS policy ON level.account_type = policy.account_type AND level.sku = policy.sku;
COMMENT ON VIEW app.stock_policies IS
'What people decided of an item, the levels that are used, and where each comes from: one row per configured account'
' and SKU of its warehouse';
COMMENT ON COLUMN app.stock_policies.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.stock_policies.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.stock_policies.minimum IS 'At or below: critical';
COMMENT ON COLUMN app.stock_policies.minimum_source IS
'manual: a person set it; moved: set, and moved by another level that was set; else as stock_levels.source, default'
' where another level is set by hand';
COMMENT ON COLUMN app.stock_policies.reorder_point IS 'At or below: low stock';
COMMENT ON COLUMN app.stock_policies.reorder_point_source IS 'As minimum_source';
COMMENT ON COLUMN app.stock_policies.maximum IS 'Order up to this';
COMMENT ON COLUMN app.stock_policies.maximum_source IS 'As minimum_source';
COMMENT ON COLUMN app.stock_policies.reorder_quantity IS 'Quantity to order set by hand; null: computed';
COMMENT ON COLUMN app.stock_policies.levels_set_by IS 'Who set levels last (inventory_items.manual_set_by)';
COMMENT ON COLUMN app.stock_policies.levels_reason IS 'Why';
COMMENT ON COLUMN app.stock_policies.levels_valid_until IS 'Last day on which they count; null: no end';
COMMENT ON COLUMN app.stock_policies.order_anyway IS 'Whether it is proposed although something speaks against it';
COMMENT ON COLUMN app.stock_policies.most_cover_days IS 'Order no more than lasts so many days; null: the setting';
COMMENT ON COLUMN app.stock_policies.least_margin IS
'Part of the price that has to be left (price_position.least_margin); null: the setting';
COMMENT ON COLUMN app.stock_policies.set_by IS 'Who decided these three (item_policies.set_by)';
COMMENT ON COLUMN app.stock_policies.reason IS 'Why';
COMMENT ON COLUMN app.stock_policies.valid_until IS 'Last day on which they count; null: no end';
