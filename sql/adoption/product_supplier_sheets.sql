-- Price lists by SKU and supplier's name; a supplier that only a list names is entered. Parameters: zone.
CREATE TEMP TABLE read_rows ON COMMIT DROP AS
WITH named AS (
    SELECT
        old.place,
        old.old_row,
        coalesce(
            CASE
                WHEN app.normalized_name(old.old_row ->> 'supplier_name') <> '' THEN old.old_row ->> 'supplier_name'
            END,
            (SELECT name FROM app.suppliers WHERE id = pg_temp.known('suppliers', old.old_row ->> 'supplier_id'))
        ) AS supplier_name,
        coalesce(
            pg_temp.moment(old.old_row ->> 'price_updated_at', %(zone)s),
            pg_temp.moment(old.old_row ->> 'updated_at', %(zone)s)
        ) AS updated_at
    FROM pg_temp.old_rows AS old
)

SELECT
    named.place,
    named.old_row,
    -- A number of characters first: two texts side by side could be read as two others.
    length(named.old_row ->> 'sku') || ' ' || (named.old_row ->> 'sku') || named.supplier_name AS key,
    extract(EPOCH FROM named.updated_at) AS rank,
    CASE
        WHEN pg_temp.said(named.old_row ->> 'sku') IS NULL THEN 'it has no SKU'
        WHEN coalesce(app.normalized_name(named.supplier_name), '') = '' THEN 'it has no supplier_name'
    END AS reason,
    'another row has its SKU and supplier_name, is newer, and is kept' AS same,
    jsonb_build_object(
        'sku', named.old_row ->> 'sku',
        'supplier_name', named.supplier_name,
        'price_cny', app.sound_price(pg_temp.amount(named.old_row ->> 'price_cny')),
        'supplier_url', named.old_row ->> 'supplier_url',
        'is_verified', pg_temp.flag(named.old_row ->> 'is_verified'),
        'is_active', pg_temp.flag(named.old_row ->> 'is_active'),
        'updated_at', named.updated_at,
        'price_updated_at', pg_temp.moment(named.old_row ->> 'price_updated_at', %(zone)s),
        'article_name',
        coalesce(named.old_row ->> 'article_name', named.old_row ->> 'supplier_product_chinese_name'),
        'specification',
        coalesce(named.old_row ->> 'specification', named.old_row ->> 'supplier_product_specification')
    ) AS new_values,
    jsonb_build_object('is_verified', FALSE, 'is_active', TRUE, 'updated_at', now()) AS defaults
FROM named;
