-- What a period came to for each account's stock: critical or out of stock before it and at its end, and why that
-- differs. Null: no report was built until then. Parameters: period, starts_on, ends_on, accounts.
WITH before AS (
    SELECT DISTINCT ON (account_type)
        account_type,
        out_of_stock + critical AS critical
    FROM app.items_by_day
    WHERE day < %(starts_on)s
    ORDER BY account_type, day DESC
),

after AS (
    SELECT DISTINCT ON (account_type)
        account_type,
        out_of_stock + critical AS critical,
        out_of_stock,
        not_kept,
        items
    FROM app.items_by_day
    WHERE day <= %(ends_on)s
    ORDER BY account_type, day DESC
)

SELECT
    account.account_type,
    before.critical AS critical_before,
    after.critical AS critical_after,
    after.out_of_stock,
    after.not_kept,
    after.items,
    coalesce(moved.became_critical, 0) AS became_critical,
    coalesce(moved.recovered, 0) AS recovered,
    coalesce(moved.new_and_critical, 0) AS new_and_critical,
    coalesce(moved.gone_while_critical, 0) AS gone_while_critical
FROM unnest(%(accounts)s::text[]) WITH ORDINALITY AS account (account_type, place)
LEFT JOIN app.status_movements_by_account AS moved
    ON
        account.account_type = moved.account_type
        AND moved.period = %(period)s
        AND moved.starts_on = %(starts_on)s
LEFT JOIN before ON account.account_type = before.account_type
LEFT JOIN after ON account.account_type = after.account_type
ORDER BY account.place;
