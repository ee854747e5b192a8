-- Before demand is learned: takes the account's changes away, and answers the items that they name.
-- Parameters: account_type.
WITH change AS (
    DELETE FROM app.input_changes
    WHERE name = 'demand' AND account_type = %(account_type)s
    RETURNING sku
)

SELECT coalesce(array_agg(DISTINCT sku) FILTER (WHERE sku IS NOT NULL), '{}') AS skus
FROM change
