-- What a buyer does next, made from the plan: transfers, then purchases, then what a person has to decide.
CREATE OR REPLACE VIEW app.proposed_actions AS
WITH part AS (
    SELECT
        sku,
        string_agg(account_type || ' ' || quantity, ', ' ORDER BY account_type) AS for_accounts
    FROM app.reorder_shares
    WHERE quantity > 0
    GROUP BY sku
),

draft AS (
    SELECT
        product.sku,
        min(purchase.draft_key) AS draft_number,
        sum(line.quantity)::bigint AS draft_quantity
    FROM app.purchase_orders AS purchase
    INNER JOIN app.purchase_order_items AS line ON purchase.id = line.purchase_order_id
    INNER JOIN app.products AS product ON line.product_id = product.id
    WHERE purchase.status = 'draft' AND purchase.draft_key IS NOT NULL
    GROUP BY product.sku
),

item AS ( -- products.name where somebody wrote one, else eMAG's
    SELECT DISTINCT ON (sku)
        sku,
        name
    FROM app.low_stock_report
    ORDER BY sku, account_type
)

SELECT
    'move' AS action,
    transfer.sku,
    item.name,
    transfer.quantity,
    NULL::text AS supplier_name,
    NULL::text AS shipping,
    transfer.from_account,
    transfer.to_account || ' ' || transfer.quantity AS for_accounts,
    NULL::numeric AS landed_unit_cost_ron,
    NULL::numeric AS total_ron,
    NULL::bigint AS budget_quantity,
    need.ron_lost_before_arrival,
    NULL::numeric AS ron_at_risk_per_day,
    NULL::date AS order_by_date,
    NULL::text AS flags,
    NULL::text AS draft_number,
    NULL::bigint AS draft_quantity
FROM app.transfer_proposals AS transfer
LEFT JOIN item ON transfer.sku = item.sku
LEFT JOIN app.replenishment_needs AS need
    ON transfer.to_account = need.account_type AND transfer.sku = need.sku
UNION ALL
SELECT
    'order' AS action,
    purchase.sku,
    item.name,
    purchase.quantity,
    purchase.supplier_name,
    purchase.shipping,
    NULL AS from_account,
    part.for_accounts,
    purchase.landed_unit_cost_ron,
    purchase.total_ron,
    purchase.budget_quantity,
    NULL AS ron_lost_before_arrival,
    purchase.ron_at_risk_per_day,
    purchase.order_by_date,
    nullif(concat_ws('; ', purchase.flags, 'on_draft ' || draft.draft_number), '') AS flags,
    draft.draft_number,
    draft.draft_quantity
FROM app.reorder_proposals AS purchase
LEFT JOIN draft ON purchase.sku = draft.sku
LEFT JOIN item ON purchase.sku = item.sku
LEFT JOIN part ON purchase.sku = part.sku
ORDER BY action, ron_at_risk_per_day DESC NULLS LAST, ron_lost_before_arrival DESC NULLS LAST, order_by_date, sku;
COMMENT ON VIEW app.proposed_actions IS
'What to do next, one row per transfer and per purchase: transfers first, then what waiting costs most. Columns that an'
' action does not have are null';
COMMENT ON COLUMN app.proposed_actions.action IS 'move: between accounts; order: from a supplier';
COMMENT ON COLUMN app.proposed_actions.sku IS 'Our SKU';
COMMENT ON COLUMN app.proposed_actions.name IS 'Name of the product (low_stock_report.name)';
COMMENT ON COLUMN app.proposed_actions.quantity IS
'Pieces; 0: even the least quantity would last too long, a person decides';
COMMENT ON COLUMN app.proposed_actions.supplier_name IS 'Whom to order from; null: no supplier is known';
COMMENT ON COLUMN app.proposed_actions.shipping IS 'By which way of shipping';
COMMENT ON COLUMN app.proposed_actions.from_account IS 'Account that can spare them';
COMMENT ON COLUMN app.proposed_actions.for_accounts IS 'Which account gets how many';
COMMENT ON COLUMN app.proposed_actions.landed_unit_cost_ron IS 'Landed cost of a piece, RON; null: not known';
COMMENT ON COLUMN app.proposed_actions.total_ron IS 'Landed cost of all pieces, RON; null: not known';
COMMENT ON COLUMN app.proposed_actions.budget_quantity IS
'Pieces that the budget buys (MAGFLOW_ORDER_BUDGET_RON); null: there is none';
COMMENT ON COLUMN app.proposed_actions.ron_lost_before_arrival IS
'Margin lost before anything else arrives (replenishment_needs)';
COMMENT ON COLUMN app.proposed_actions.ron_at_risk_per_day IS 'What each day of waiting costs, RON (reorder_proposals)';
COMMENT ON COLUMN app.proposed_actions.order_by_date IS 'Last day on which the order is in time, in Bucharest';
COMMENT ON COLUMN app.proposed_actions.flags IS
'What a buyer should know, as codes joined by "; " (reorder_proposals.flags, on_draft)';
COMMENT ON COLUMN app.proposed_actions.draft_number IS
'The draft that it is on (draft_orders), which is not sent yet; null: on none';
COMMENT ON COLUMN app.proposed_actions.draft_quantity IS 'Pieces of it on that draft';

CREATE OR REPLACE VIEW app.purchases_by_supplier AS
SELECT
    supplier_id,
    min(supplier_name) AS supplier_name,
    shipping,
    count(*) AS items,
    sum(quantity) AS pieces,
    round(sum(quantity * unit_price * rate), 2) AS value_ron,
    max(minimum_order_value_ron) AS minimum_order_value_ron,
    sum(total_ron) AS total_ron,
    count(*) FILTER (WHERE total_ron IS NULL) AS items_without_cost,
    sum(ron_at_risk_per_day) AS ron_at_risk_per_day,
    min(order_by_date) AS order_by_date
FROM app.reorder_proposals
WHERE quantity > 0
GROUP BY supplier_id, shipping
ORDER BY ron_at_risk_per_day DESC NULLS LAST, supplier_name, shipping;
COMMENT ON VIEW app.purchases_by_supplier IS
'The proposed purchases by supplier and way of shipping, most RON at risk first';
COMMENT ON COLUMN app.purchases_by_supplier.supplier_id IS
'The supplier (supplier_names.canonical_id); null: none is known';
COMMENT ON COLUMN app.purchases_by_supplier.supplier_name IS 'His name';
COMMENT ON COLUMN app.purchases_by_supplier.shipping IS 'Way of shipping';
COMMENT ON COLUMN app.purchases_by_supplier.items IS 'SKUs';
COMMENT ON COLUMN app.purchases_by_supplier.pieces IS 'Pieces';
COMMENT ON COLUMN app.purchases_by_supplier.value_ron IS
'Their value at his prices, without freight and duty, RON; without SKUs that have no price or rate';
COMMENT ON COLUMN app.purchases_by_supplier.minimum_order_value_ron IS
'What his orders have to be worth at least, RON; null: he asks for nothing';
COMMENT ON COLUMN app.purchases_by_supplier.total_ron IS 'Landed cost, RON; without SKUs whose cost is not known';
COMMENT ON COLUMN app.purchases_by_supplier.items_without_cost IS 'SKUs that total_ron leaves out';
COMMENT ON COLUMN app.purchases_by_supplier.ron_at_risk_per_day IS 'What each day of waiting costs, RON';
COMMENT ON COLUMN app.purchases_by_supplier.order_by_date IS 'The earliest order_by_date of its SKUs';
