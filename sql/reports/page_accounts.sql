-- What the page says of each configured account: its scan, its items by status, and where its sales are known from.
SELECT
    account.account_type,
    account.marketplace,
    report.scan_status,
    report.scan_offers,
    report.scan_total,
    report.scanned_at,
    report.scan_is_proven,
    report.ron_at_risk_per_day,
    coalesce(report.items, 0) AS items,
    coalesce(report.out_of_stock, 0) AS out_of_stock,
    coalesce(report.critical, 0) AS critical,
    coalesce(report.low_stock, 0) AS low_stock,
    coalesce(report.in_stock, 0) AS in_stock,
    coalesce(report.overstock, 0) AS overstock,
    stale.needs_report,
    sales.channels
FROM app.configured_accounts AS account
LEFT JOIN app.low_stock_by_account AS report ON account.account_type = report.account_type
LEFT JOIN app.refresh_needed AS stale ON account.account_type = stale.account_type
LEFT JOIN app.sales_sources AS sales ON account.account_type = sales.account_type
ORDER BY account.ordering_rank;
