-- The reorder point that counts: the twin of effective_levels in purchasing/stock.py, which explains it; a test
-- compares them. Null where nothing is set by hand: the default policy.
CREATE OR REPLACE FUNCTION app.effective_reorder_point(minimum bigint, reorder_point bigint, maximum bigint)
RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN coalesce(minimum, reorder_point, maximum) IS NULL THEN NULL
    WHEN reorder_point IS NOT NULL THEN greatest(minimum, reorder_point)
    WHEN maximum <= CASE WHEN minimum > 20 THEN minimum + 10 ELSE 20 END
        THEN greatest(minimum, maximum * 20 / 100)
    WHEN minimum > 20 THEN minimum + 10
    ELSE 20
END;
COMMENT ON FUNCTION app.effective_reorder_point(bigint, bigint, bigint) IS
'The reorder point as it is used, from the levels set by hand; null when none is set';

-- What people set and eMAG reserves, per account and SKU: what a stock is judged by beside the default policy.
CREATE OR REPLACE VIEW app.reorder_levels AS
SELECT
    account.account_type,
    product.sku,
    app.effective_reorder_point(levels.minimum_stock, levels.reorder_point, levels.maximum_stock) AS reorder_point,
    levels.reserved
FROM app.configured_accounts AS account
INNER JOIN app.warehouses AS warehouse ON account.warehouse = warehouse.code
INNER JOIN app.inventory_items AS item ON warehouse.id = item.warehouse_id
INNER JOIN app.manual_levels AS levels ON item.id = levels.item_id
INNER JOIN app.products AS product ON item.product_id = product.id;
COMMENT ON VIEW app.reorder_levels IS
'Reorder point and reserved pieces per configured account and SKU: what an incremental sync takes for low';
COMMENT ON COLUMN app.reorder_levels.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.reorder_levels.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.reorder_levels.reorder_point IS
'Reorder point as it is used, where people set levels; null: the default policy';
COMMENT ON COLUMN app.reorder_levels.reserved IS 'Pieces promised: open orders plus what people keep back';
