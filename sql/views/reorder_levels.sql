-- What people set and eMAG reserves, per account and SKU: what a stock is judged by beside the default policy.
CREATE OR REPLACE VIEW app.reorder_levels AS
SELECT
    account.account_type,
    product.sku,
    -- A manual level counts until the end of its last day in Bucharest.
    CASE
        WHEN coalesce(item.manual_valid_until >= (now() AT TIME ZONE 'Europe/Bucharest')::date, TRUE)
            THEN item.manual_reorder_point
    END AS reorder_point,
    item.quantity - item.available_quantity AS reserved
FROM app.configured_accounts AS account
INNER JOIN app.warehouses AS warehouse ON account.warehouse = warehouse.code
INNER JOIN app.inventory_items AS item ON warehouse.id = item.warehouse_id
INNER JOIN app.products AS product ON item.product_id = product.id;
COMMENT ON VIEW app.reorder_levels IS
'Reorder point and reserved pieces per configured account and SKU: what an incremental sync takes for low';
COMMENT ON COLUMN app.reorder_levels.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.reorder_levels.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.reorder_levels.reorder_point IS
'Reorder point set by hand, while it is valid; null: the default policy';
COMMENT ON COLUMN app.reorder_levels.reserved IS 'Pieces promised: open orders plus what people keep back';
