-- After the report was built: how many items of each account have which status today, in Bucharest; the last build of
-- a day stays. By difference. An account without items in the report counts only if it had some today.

WITH today AS (
    SELECT (now() AT TIME ZONE 'Europe/Bucharest')::date AS day
),

counted AS (
    SELECT
        account_type,
        app.listed_status(status, is_kept) AS status,
        count(*) AS items
    FROM app.low_stock_report
    GROUP BY 1, 2
),

account AS (
    SELECT counted.account_type FROM counted
    UNION
    SELECT known.account_type FROM app.item_days AS known INNER JOIN today ON known.day = today.day
)

INSERT INTO app.item_days (account_type, day, status, items)
SELECT
    account.account_type,
    today.day,
    every.status,
    coalesce(counted.items, 0) AS items
FROM account
CROSS JOIN today
CROSS JOIN unnest(ARRAY['out_of_stock', 'critical', 'low_stock', 'in_stock', 'overstock', 'not_kept']) AS every (status)
LEFT JOIN counted ON account.account_type = counted.account_type AND every.status = counted.status
ON CONFLICT (account_type, day, status) DO UPDATE SET
    items = excluded.items
WHERE item_days.items <> excluded.items;
