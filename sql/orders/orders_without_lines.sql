-- Orders that changed and whose row then came without lines: those to ask for by their number, newest first.
-- Parameters: account_type, most.
SELECT
    order_id,
    order_type
FROM app.emag_orders
WHERE
    account_type = %(account_type)s
    AND modified_at IS NOT NULL
    AND lines_as_of IS DISTINCT FROM modified_at
ORDER BY modified_at DESC, order_id
LIMIT %(most)s;
