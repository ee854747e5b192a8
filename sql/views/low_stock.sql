-- The list a buyer works through: what needs attention, beginning with what waiting costs most.
-- A new column of the report needs a change of this file, so that the view is created again (last: level_freight_ron).
CREATE OR REPLACE VIEW app.low_stock AS
SELECT
    array_position(ARRAY['out_of_stock', 'critical', 'low_stock'], status) AS urgency,
    * -- noqa: AM04, the columns are those of the report
FROM app.low_stock_report
WHERE
    status IN ('out_of_stock', 'critical', 'low_stock')
    AND is_kept IS NOT FALSE
    AND account_type IN (SELECT configured.account_type FROM app.configured_accounts AS configured)
ORDER BY
    app.buying_order(status, demand_method, ron_at_risk_per_day, available_quantity),
    account_type,
    sku;
COMMENT ON VIEW app.low_stock IS
'The rows of low_stock_report that run out, in buying_order, with urgency 1 (out of stock) to 3 (low); columns as'
' there. What never sold, or is not worth keeping, is in not_kept';

CREATE OR REPLACE VIEW app.not_kept AS
SELECT * -- noqa: AM04, the columns are those of the report
FROM app.low_stock_report
WHERE
    app.listed_status(status, is_kept) = 'not_kept'
    AND account_type IN (SELECT configured.account_type FROM app.configured_accounts AS configured)
ORDER BY account_type, sku;
COMMENT ON VIEW app.not_kept IS
'The rows of low_stock_report that run out, but never sold, or are not worth keeping: nothing is ordered, and low_stock'
' and the counts leave them out; columns as there';

CREATE OR REPLACE VIEW app.decide_yourself AS
SELECT * -- noqa: AM04, the columns are those of the report
FROM app.low_stock_report
WHERE
    reorder_quantity IS NULL
    AND account_type IN (SELECT configured.account_type FROM app.configured_accounts AS configured)
ORDER BY
    app.buying_order(status, demand_method, ron_at_risk_per_day, available_quantity),
    account_type,
    sku;
COMMENT ON VIEW app.decide_yourself IS
'The rows of low_stock_report that run out and are never ordered on their own, because what is known is not enough, in'
' buying_order; columns as there';

CREATE OR REPLACE VIEW app.low_stock_by_supplier AS
SELECT
    supplier_name,
    account_type,
    count(*) AS items,
    count(*) FILTER (WHERE is_verified) AS verified_items,
    count(*) FILTER (WHERE status = 'out_of_stock') AS out_of_stock_items,
    sum(reorder_quantity) AS reorder_quantity,
    sum(reorder_quantity * supplier_price_cny) AS reorder_value_cny,
    min(scan_status) AS scan_status,
    min(scan_offers) AS scan_offers,
    min(scan_total) AS scan_total,
    min(scanned_at) AS scanned_at,
    count(*) FILTER (WHERE NOT is_sellable) AS not_sellable_items,
    min(marketplace) AS marketplace,
    sum(ron_at_risk_per_day) AS ron_at_risk_per_day,
    sum(reorder_quantity * landed_unit_cost_ron) AS reorder_value_ron,
    count(*) FILTER (WHERE reorder_quantity > 0 AND landed_unit_cost_ron IS NULL) AS items_without_cost
FROM app.low_stock
GROUP BY supplier_name, account_type
ORDER BY ron_at_risk_per_day DESC NULLS LAST, items DESC, supplier_name, account_type;
COMMENT ON VIEW app.low_stock_by_supplier IS
'What runs out, per supplier to order from and account, what waiting costs most first; supplier_name null: no price'
' list has these SKUs';

CREATE OR REPLACE VIEW app.low_stock_by_account AS
SELECT
    account_type,
    count(*) AS items,
    count(*) FILTER (WHERE status = 'out_of_stock' AND is_kept IS NOT FALSE) AS out_of_stock,
    count(*) FILTER (WHERE status = 'critical' AND is_kept IS NOT FALSE) AS critical,
    count(*) FILTER (WHERE status = 'low_stock' AND is_kept IS NOT FALSE) AS low_stock,
    count(*) FILTER (WHERE status = 'in_stock') AS in_stock,
    count(*) FILTER (WHERE status = 'overstock') AS overstock,
    sum(reorder_quantity) AS reorder_quantity,
    min(scan_status) AS scan_status,
    min(scan_offers) AS scan_offers,
    min(scan_total) AS scan_total,
    min(scanned_at) AS scanned_at,
    (
        SELECT build.built_at FROM app.builds AS build
        WHERE build.name = 'low_stock_report' AND build.account_type = low_stock_report.account_type
    ) AS built_at,
    count(*) FILTER (WHERE NOT is_sellable) AS not_sellable,
    (
        SELECT count(*) FROM app.emag_sync_logs AS log
        WHERE log.account_type = low_stock_report.account_type AND log.sync_type = 'products' AND log.is_proven
    ) > 0 AS scan_is_proven,
    min(marketplace) AS marketplace,
    sum(ron_at_risk_per_day) AS ron_at_risk_per_day,
    sum(reorder_quantity * landed_unit_cost_ron) AS reorder_value_ron,
    count(*) FILTER (WHERE reorder_quantity IS NULL) AS to_decide,
    count(*) FILTER (WHERE app.listed_status(status, is_kept) = 'not_kept') AS not_kept
FROM app.low_stock_report
WHERE account_type IN (SELECT configured.account_type FROM app.configured_accounts AS configured)
GROUP BY account_type;
COMMENT ON VIEW app.low_stock_by_account IS
'Items per status over the whole report of each account, with the coverage and time of its scan';

-- A view's columns carry the comments of the report's; those the views compute have their own.
DO $$
DECLARE
    target record;
BEGIN
    FOR target IN
        SELECT
            view_column.attrelid::regclass AS view_name,
            view_column.attname,
            col_description(report_column.attrelid, report_column.attnum) AS comment
        FROM pg_attribute AS view_column
        INNER JOIN pg_attribute AS report_column ON view_column.attname = report_column.attname
        WHERE
            view_column.attrelid IN (
                'app.low_stock'::regclass,
                'app.decide_yourself'::regclass,
                'app.not_kept'::regclass,
                'app.low_stock_by_supplier'::regclass,
                'app.low_stock_by_account'::regclass
            )
            AND report_column.attrelid = 'app.low_stock_report'::regclass
            AND report_column.attnum > 0
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', target.view_name, target.attname, target.comment);
    END LOOP;
END $$;
COMMENT ON COLUMN app.low_stock.urgency IS '1 out of stock, 2 critical, 3 low';
COMMENT ON COLUMN app.low_stock_by_supplier.items IS 'SKUs that run out';
COMMENT ON COLUMN app.low_stock_by_supplier.verified_items IS
'Of these, SKUs for which a person confirmed the supplier';
COMMENT ON COLUMN app.low_stock_by_supplier.out_of_stock_items IS 'Of these, SKUs with nothing left';
COMMENT ON COLUMN app.low_stock_by_supplier.reorder_quantity IS 'Pieces to order, sum of the SKUs';
COMMENT ON COLUMN app.low_stock_by_supplier.reorder_value_cny IS 'What they cost at the listed prices, CNY';
COMMENT ON COLUMN app.low_stock_by_supplier.reorder_value_ron IS
'What they cost in the warehouse, RON, without items_without_cost';
COMMENT ON COLUMN app.low_stock_by_supplier.items_without_cost IS
'SKUs to order whose landed cost is not known (cost_problem)';
COMMENT ON COLUMN app.low_stock_by_account.reorder_value_ron IS
'What the pieces to order cost in the warehouse, RON, sum of the SKUs for which it is known';
COMMENT ON COLUMN app.low_stock_by_account.to_decide IS
'SKUs that run out and of which a person has to decide how many to order (decide_yourself)';
COMMENT ON COLUMN app.low_stock_by_supplier.not_sellable_items IS
'Of the items, SKUs that cannot be sold now: nothing is ordered for them';
COMMENT ON COLUMN app.low_stock_by_supplier.ron_at_risk_per_day IS
'What each day of waiting costs, RON, sum of the SKUs for which it is known';
COMMENT ON COLUMN app.low_stock_by_account.ron_at_risk_per_day IS
'What each day of waiting costs, RON, sum of the SKUs for which it is known, of every status';
COMMENT ON COLUMN app.low_stock_by_account.items IS 'Active SKUs of the account';
COMMENT ON COLUMN app.low_stock_by_account.out_of_stock IS 'SKUs with nothing left to sell';
COMMENT ON COLUMN app.low_stock_by_account.critical IS 'SKUs at or below their minimum';
COMMENT ON COLUMN app.low_stock_by_account.low_stock IS 'SKUs at or below their reorder point';
COMMENT ON COLUMN app.low_stock_by_account.not_kept IS
'SKUs that run out and are in none of these counts: they never sold, or are not worth keeping';
COMMENT ON COLUMN app.low_stock_by_account.in_stock IS 'SKUs with enough';
COMMENT ON COLUMN app.low_stock_by_account.overstock IS 'SKUs at or above their maximum';
COMMENT ON COLUMN app.low_stock_by_account.reorder_quantity IS 'Pieces to order, sum of the SKUs';
COMMENT ON COLUMN app.low_stock_by_account.not_sellable IS
'SKUs of any status that cannot be sold now: nothing is ordered for them';
COMMENT ON COLUMN app.low_stock_by_account.built_at IS 'When the report was last built, UTC';
COMMENT ON COLUMN app.low_stock_by_account.scan_is_proven IS
'Whether the account was read whole more than once; false: first reading, not yet proven, an offer may be missing';
