-- The accounts that sell the stock of an account: it, and those on its warehouse. Parameters: account_type.
SELECT %(account_type)s AS account_type
UNION
SELECT other.account_type
FROM app.configured_accounts AS own
INNER JOIN app.configured_accounts AS other ON own.warehouse = other.warehouse
WHERE own.account_type = %(account_type)s
