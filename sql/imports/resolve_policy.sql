-- Levels belong to the item of a warehouse, all else to the account and SKU. A reason or a last day alone belongs to
-- what is decided already.
CREATE TEMPORARY TABLE incoming_levels ON COMMIT DROP AS
SELECT DISTINCT ON (item.id)
    item.id,
    incoming.manual_minimum_stock,
    incoming.manual_reorder_point,
    incoming.manual_maximum_stock,
    incoming.manual_reorder_quantity,
    incoming.reason AS manual_reason,
    incoming.valid_until AS manual_valid_until,
    array_replace(array_replace(incoming.taken_away, 'reason', 'manual_reason'), 'valid_until', 'manual_valid_until')
        AS taken_away
FROM incoming
INNER JOIN app.inventory_items AS item ON incoming.item_id::bigint = item.id
WHERE
    num_nonnulls(
        incoming.manual_minimum_stock,
        incoming.manual_reorder_point,
        incoming.manual_maximum_stock,
        incoming.manual_reorder_quantity
    ) > 0
    OR incoming.taken_away && ARRAY[
        'manual_minimum_stock', 'manual_reorder_point', 'manual_maximum_stock', 'manual_reorder_quantity'
    ]
    OR num_nonnulls(
        item.manual_minimum_stock, item.manual_reorder_point, item.manual_maximum_stock, item.manual_reorder_quantity
    ) > 0
ORDER BY item.id;

CREATE TEMPORARY TABLE incoming_policies ON COMMIT DROP AS
SELECT
    incoming.account_type,
    incoming.sku,
    incoming.order_anyway,
    incoming.most_cover_days,
    incoming.least_margin,
    incoming.reason,
    incoming.valid_until,
    incoming.taken_away
FROM incoming
LEFT JOIN app.item_policies AS policy ON incoming.account_type = policy.account_type AND incoming.sku = policy.sku
WHERE
    incoming.order_anyway::boolean
    OR incoming.most_cover_days IS NOT NULL
    OR incoming.least_margin IS NOT NULL
    OR policy.sku IS NOT NULL;
