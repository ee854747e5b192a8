-- Every item of the report: the rows of one SKU stand together, SKUs in buying_order by the first of their rows.
SELECT
    report.*, -- noqa: AM04, its columns are those of the report
    draft.draft_numbers,
    hold.held_until,
    hold.refused_because
FROM app.low_stock_report AS report
INNER JOIN app.configured_accounts AS account ON report.account_type = account.account_type
LEFT JOIN (
    SELECT
        sku,
        string_agg(draft_number, ', ' ORDER BY draft_number) AS draft_numbers
    FROM app.draft_order_lines
    GROUP BY sku
) AS draft ON report.sku = draft.sku
LEFT JOIN app.purchase_holds AS hold ON report.sku = hold.sku
ORDER BY
    min(
        app.buying_order(
            report.status, report.demand_method, report.ron_at_risk_per_day, report.available_quantity
        )
    ) OVER (PARTITION BY report.sku),
    report.sku,
    account.ordering_rank;
