-- What the report of each account is made from, and whether it is behind its inputs.
SELECT
    report.account_type,
    report.scan_status,
    report.scan_offers,
    report.scan_total,
    report.scanned_at,
    report.scan_is_proven,
    report.marketplace,
    refresh.needs_report
FROM app.low_stock_by_account AS report
INNER JOIN app.configured_accounts AS account ON report.account_type = account.account_type
LEFT JOIN app.refresh_needed AS refresh ON report.account_type = refresh.account_type
ORDER BY account.ordering_rank;
