-- Parts a price list into the price that holds from the first piece on, in CNY, and price breaks. Each row of the file
-- makes its SKU and supplier known to the price list, where matches are verified.
INSERT INTO app.suppliers (name, is_from_list)
SELECT
    app.spaced(min(incoming.supplier_name)) AS name,
    TRUE AS is_from_list
FROM incoming
WHERE incoming.supplier_id IS NULL
GROUP BY app.normalized_name(incoming.supplier_name);

UPDATE incoming SET supplier_id = app.supplier_named(supplier_name)::text
WHERE supplier_id IS NULL;

-- Of several rows of one supplier the price that was written last counts: that one is written.
CREATE TEMPORARY TABLE incoming_sheets ON COMMIT DROP AS
WITH wanted AS (
    SELECT
        incoming.sku,
        incoming.supplier_id::bigint AS supplier_id,
        min(incoming.supplier_name) AS supplier_name,
        min(incoming.price) FILTER (WHERE incoming.currency = 'CNY' AND incoming.minimum_quantity IS NULL) AS price_cny,
        min(incoming.url) AS supplier_url,
        min(incoming.article_name) AS article_name,
        min(incoming.specification) AS specification,
        array_remove(
            ARRAY[
                CASE WHEN bool_or('url' = any(incoming.taken_away)) THEN 'supplier_url' END,
                CASE
                    WHEN
                        bool_or(
                            'price' = any(incoming.taken_away)
                            AND incoming.currency = 'CNY'
                            AND incoming.minimum_quantity IS NULL
                        )
                        THEN 'price_cny'
                END,
                CASE WHEN bool_or('article_name' = any(incoming.taken_away)) THEN 'article_name' END,
                CASE WHEN bool_or('specification' = any(incoming.taken_away)) THEN 'specification' END
            ],
            NULL
        ) AS taken_away,
        min(incoming.is_active) AS is_active,
        max(incoming.asked_on) FILTER (WHERE incoming.currency = 'CNY' AND incoming.minimum_quantity IS NULL)
            AS asked_on
    FROM incoming
    GROUP BY incoming.sku, incoming.supplier_id
),

stored AS (
    SELECT DISTINCT ON (sheet.sku, name.canonical_id)
        sheet.sku,
        sheet.supplier_name,
        name.canonical_id
    FROM app.product_supplier_sheets AS sheet
    INNER JOIN app.supplier_names AS name ON sheet.supplier_id = name.supplier_id
    WHERE sheet.sku IN (SELECT wanted.sku FROM wanted)
    ORDER BY
        sheet.sku,
        name.canonical_id,
        sheet.is_active DESC,
        app.sound_price(sheet.price_cny) IS NULL,
        sheet.updated_at > app.latest_time(),
        sheet.updated_at DESC,
        sheet.id DESC
)

SELECT
    wanted.sku,
    coalesce(stored.supplier_name, wanted.supplier_name) AS supplier_name,
    wanted.price_cny,
    wanted.supplier_url,
    wanted.is_active,
    wanted.article_name,
    wanted.specification,
    (wanted.asked_on::date::timestamp AT TIME ZONE 'Europe/Bucharest')::text AS updated_at,
    wanted.taken_away
FROM wanted
LEFT JOIN stored ON wanted.sku = stored.sku AND wanted.supplier_id = stored.canonical_id;

CREATE TEMPORARY TABLE incoming_breaks ON COMMIT DROP AS
SELECT
    supplier_id,
    sku,
    coalesce(minimum_quantity, '1') AS minimum_quantity,
    price AS unit_price,
    currency,
    asked_on,
    taken_away
FROM incoming
WHERE price IS NOT NULL AND (minimum_quantity IS NOT NULL OR currency <> 'CNY');
