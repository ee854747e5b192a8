-- Marks orders that were asked for by their number, whatever came: each change is asked for once.
-- Parameters: account_type, order_ids.
UPDATE app.emag_orders
SET lines_as_of = modified_at
WHERE
    account_type = %(account_type)s
    AND order_id = any(%(order_ids)s::bigint[])
    AND lines_as_of IS DISTINCT FROM modified_at;
