-- Adds windows that are to be read. Parameters: account_type, and a list for each of order_types, axes, starts, ends.
INSERT INTO app.emag_order_windows (account_type, order_type, axis, starts_at, ends_at)
SELECT
    %(account_type)s AS account_type,
    added.order_type,
    added.axis,
    added.starts_at,
    added.ends_at
FROM
    unnest(%(order_types)s::smallint[], %(axes)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
        AS added (order_type, axis, starts_at, ends_at)
ON CONFLICT DO NOTHING;
