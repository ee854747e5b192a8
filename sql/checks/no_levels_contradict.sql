-- Items whose levels contradict each other or cannot be, and what is used instead: set the levels anew.
SELECT
    account_type,
    sku,
    levels_note
FROM app.low_stock_report
WHERE levels_note IS NOT NULL AND account_type = any(%(accounts)s)
ORDER BY account_type, sku;
