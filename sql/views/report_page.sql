-- What the page shows: the items of the report, the purchases with both accounts joined, and the moves. Its words are
-- page_texts and column_texts. A new column of the report needs a change of this file, so that the view is created
-- again (last: level_freight_ron).
CREATE OR REPLACE VIEW app.page_items AS
SELECT
    row_number() OVER (
        ORDER BY
            app.buying_order(
                report.status, report.demand_method, report.ron_at_risk_per_day, report.available_quantity
            ),
            report.account_type,
            report.sku
    ) AS buying_rank,
    report.reorder_quantity IS NULL OR report.reason_code = 'lasts_too_long' AS to_decide,
    report.* -- noqa: AM04, the columns are those of the report
FROM app.low_stock_report AS report
WHERE report.account_type IN (SELECT configured.account_type FROM app.configured_accounts AS configured);
COMMENT ON VIEW app.page_items IS
'The rows of low_stock_report of the configured accounts, with their place in buying_order; columns as there';

CREATE OR REPLACE VIEW app.page_orders AS
WITH item AS (
    SELECT
        report.sku,
        array_agg(report.account_type ORDER BY report.account_type) AS accounts,
        string_agg(report.account_type || ' ' || report.reorder_quantity, ', ' ORDER BY report.account_type)
        FILTER (WHERE report.reorder_quantity > 0) AS for_accounts,
        min(report.name) AS name,
        min(report.brand) AS brand,
        min(report.category_id) AS category_id,
        (array_agg(
            report.status ORDER BY array_position(ARRAY['out_of_stock', 'critical', 'low_stock'], report.status)
        ))[1] AS status,
        min(report.price) AS price,
        min(report.days_of_cover) AS days_of_cover,
        min(report.stock_out_date) AS stock_out_date,
        min(report.supplier_url) AS supplier_url
    FROM app.page_items AS report
    GROUP BY report.sku
)

SELECT
    row_number() OVER (
        ORDER BY purchase.ron_at_risk_per_day DESC NULLS LAST, purchase.order_by_date, purchase.sku
    ) AS buying_rank,
    purchase.sku,
    item.accounts,
    coalesce(item.name, product.name, product.emag_name) AS name,
    coalesce(item.brand, product.brand, product.emag_brand) AS brand,
    item.category_id,
    item.status,
    item.price,
    purchase.supplier_name,
    purchase.shipping,
    purchase.quantity,
    item.for_accounts,
    purchase.unit_price,
    purchase.currency,
    purchase.landed_unit_cost_ron,
    purchase.total_ron,
    purchase.ron_at_risk_per_day,
    purchase.order_by_date,
    item.days_of_cover,
    item.stock_out_date,
    purchase.minimum_order_quantity,
    purchase.pack_size,
    purchase.budget_quantity,
    purchase.flags,
    item.supplier_url,
    purchase.supplier_id,
    purchase.supplier_rule,
    purchase.raw_quantity,
    purchase.after_moq,
    purchase.after_pack,
    purchase.rate,
    purchase.cost_problem,
    purchase.cheapest_supplier_name,
    purchase.cheapest_landed_unit_cost_ron,
    purchase.difference_ron,
    offer.sku IS NOT NULL AS has_offer,
    offer.freight_per_piece_ron,
    offer.freight_per_order_ron,
    offer.duty_rate,
    offer.notes,
    purchase.most_quantity
FROM app.reorder_proposals AS purchase
LEFT JOIN item ON purchase.sku = item.sku
LEFT JOIN app.supplier_offers AS offer
    ON
        purchase.sku = offer.sku
        AND purchase.supplier_id = offer.supplier_id
        AND purchase.shipping = offer.shipping
LEFT JOIN app.products AS product ON purchase.sku = product.sku
WHERE purchase.quantity > 0;
COMMENT ON VIEW app.page_orders IS
'What to buy, one row per SKU and supplier for all accounts together, with its place by the cost of waiting and what'
' its cost follows from';

CREATE OR REPLACE VIEW app.page_moves AS
SELECT
    row_number() OVER (
        ORDER BY
            receiver.ron_lost_before_arrival DESC NULLS LAST,
            receiver.buying_rank,
            transfer.sku,
            transfer.from_account,
            transfer.to_account
    ) AS buying_rank,
    transfer.sku,
    ARRAY[transfer.from_account, transfer.to_account] AS accounts,
    coalesce(receiver.name, product.name, product.emag_name) AS name,
    coalesce(receiver.brand, product.brand, product.emag_brand) AS brand,
    receiver.category_id,
    receiver.status,
    receiver.price,
    receiver.supplier_name,
    transfer.from_account,
    transfer.to_account,
    transfer.quantity,
    transfer.carton_size,
    transfer.arrives_on,
    receiver.available_quantity,
    receiver.days_of_cover,
    receiver.stock_out_date,
    receiver.ron_lost_before_arrival,
    receiver.flags
FROM app.transfer_proposals AS transfer
LEFT JOIN app.page_items AS receiver
    ON transfer.to_account = receiver.account_type AND transfer.sku = receiver.sku
LEFT JOIN app.products AS product ON transfer.sku = product.sku;
COMMENT ON VIEW app.page_moves IS
'What to move between accounts, one row per transfer, with the state of the account that lacks it';

-- Columns that the views have from a table carry its comments; those that they compute have their own below.
DO $$
DECLARE
    target record;
BEGIN
    FOR target IN
        SELECT DISTINCT ON (view_column.attrelid, view_column.attname)
            view_column.attrelid::regclass AS view_name,
            view_column.attname,
            col_description(source_column.attrelid, source_column.attnum) AS comment
        FROM unnest(
            ARRAY['app.page_items', 'app.page_orders', 'app.page_orders', 'app.page_moves']::regclass[],
            ARRAY[
                'app.low_stock_report', 'app.reorder_proposals', 'app.supplier_offers', 'app.transfer_proposals'
            ]::regclass[]
        ) AS pair (view_name, source_name)
        INNER JOIN pg_attribute AS view_column ON pair.view_name = view_column.attrelid
        INNER JOIN pg_attribute AS source_column
            ON
                view_column.attname = source_column.attname
                AND source_column.attrelid IN (pair.source_name, 'app.low_stock_report'::regclass)
                AND source_column.attnum > 0
        ORDER BY
            view_column.attrelid,
            view_column.attname,
            source_column.attrelid <> pair.source_name,
            pair.source_name::text
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', target.view_name, target.attname, target.comment);
    END LOOP;
END $$;
COMMENT ON COLUMN app.page_items.buying_rank IS 'Place in buying_order over all accounts, from 1';
COMMENT ON COLUMN app.page_items.to_decide IS
'Whether a person has to decide how many to order: what is known is not enough, or even the least quantity of the'
' supplier would last too long';
COMMENT ON COLUMN app.page_orders.buying_rank IS 'Place by the cost of waiting, from 1';
COMMENT ON COLUMN app.page_orders.accounts IS 'Configured accounts that have the SKU in the report';
COMMENT ON COLUMN app.page_orders.category_id IS 'eMAG category id; of several accounts the lowest';
COMMENT ON COLUMN app.page_orders.status IS 'Status of the account that runs out first';
COMMENT ON COLUMN app.page_orders.price IS 'Lowest selling price of the accounts, without VAT';
COMMENT ON COLUMN app.page_orders.for_accounts IS 'Which account gets how many';
COMMENT ON COLUMN app.page_orders.days_of_cover IS 'Of the account that runs out first';
COMMENT ON COLUMN app.page_orders.stock_out_date IS 'Of the account that runs out first';
COMMENT ON COLUMN app.page_orders.has_offer IS
'Whether supplier_offers has the offer, so that freight and duty are known as far as anybody entered them';
COMMENT ON COLUMN app.page_moves.buying_rank IS 'Place by what is lost before anything else arrives, from 1';
COMMENT ON COLUMN app.page_moves.accounts IS 'Both accounts of the transfer';
