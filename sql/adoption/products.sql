-- Products by SKU. Parameters: zone.
CREATE TEMP TABLE read_rows ON COMMIT DROP AS
SELECT
    old.place,
    old.old_row,
    old.old_row ->> 'sku' AS key,
    -pg_temp.number(old.old_row ->> 'id')::numeric AS rank,
    CASE WHEN pg_temp.said(old.old_row ->> 'sku') IS NULL THEN 'it has no SKU' END AS reason,
    'another row has its SKU, and is kept' AS same,
    jsonb_build_object(
        'sku', old.old_row ->> 'sku',
        'name', old.old_row ->> 'name',
        'brand', old.old_row ->> 'brand',
        'source', pg_temp.said(old.old_row ->> 'source'),
        'created_at', pg_temp.moment(old.old_row ->> 'created_at', %(zone)s)
    ) AS new_values,
    jsonb_build_object('source', 'manual', 'created_at', now()) AS defaults
FROM pg_temp.old_rows AS old;
