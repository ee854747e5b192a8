-- Accounts with orders whose demand was last learned more than a day ago: yesterday's sales are not in it.
SELECT
    account.account_type,
    build.built_at,
    round(extract(EPOCH FROM now() - build.built_at) / 3600) AS hours_ago
FROM unnest(%(accounts)s::text[]) AS account (account_type)
LEFT JOIN app.builds AS build ON account.account_type = build.account_type AND build.name = 'demand'
WHERE
    (build.built_at IS NULL OR build.built_at < now() - interval '1 day')
    AND EXISTS (SELECT FROM app.emag_orders AS sold WHERE sold.account_type = account.account_type)
ORDER BY account.account_type
