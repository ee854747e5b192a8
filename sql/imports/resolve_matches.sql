-- The rows of supplier_products that the file means: that with the same page, else the confirmed one, else the first
-- one of the supplier and the product; a new one where there is none. A confirmation that is taken back is taken back
-- on each of them. Parameter: by, who confirms.
CREATE TEMPORARY TABLE incoming_matches ON COMMIT DROP AS
WITH wanted AS (
    SELECT
        product.id AS product_id,
        incoming.supplier_id::bigint AS supplier_id,
        incoming.url,
        incoming.is_confirmed::boolean AS is_confirmed
    FROM incoming
    INNER JOIN app.products AS product ON incoming.sku = product.sku
),

named AS (
    SELECT
        match.*,
        name.canonical_id
    FROM app.supplier_products AS match
    INNER JOIN app.supplier_names AS name ON match.supplier_id = name.supplier_id
    WHERE match.is_active
),

known AS (
    SELECT
        wanted.*,
        match.id,
        match.supplier_id AS known_supplier_id,
        match.confirmed_by,
        match.confirmed_at,
        coalesce(match.manual_confirmed AND match.confirmed_by IS NOT NULL, FALSE) AS was_confirmed,
        row_number() OVER (
            PARTITION BY wanted.product_id, wanted.supplier_id
            ORDER BY
                (app.spaced(match.supplier_product_url) = app.spaced(wanted.url)) IS NOT TRUE,
                match.manual_confirmed DESC,
                match.id
        ) AS place
    FROM wanted
    LEFT JOIN named AS match
        ON wanted.product_id = match.local_product_id AND wanted.supplier_id = match.canonical_id
)

SELECT
    id,
    coalesce(known_supplier_id, supplier_id) AS supplier_id,
    product_id AS local_product_id,
    CASE WHEN place = 1 THEN url END AS supplier_product_url,
    is_confirmed AS manual_confirmed,
    CASE
        WHEN NOT is_confirmed THEN NULL
        WHEN was_confirmed THEN confirmed_by
        WHEN is_confirmed THEN %(by)s
    END AS confirmed_by,
    CASE
        WHEN NOT is_confirmed THEN NULL
        WHEN was_confirmed THEN confirmed_at
        WHEN is_confirmed THEN now()
    END AS confirmed_at,
    CASE WHEN NOT is_confirmed THEN '{confirmed_by, confirmed_at}'::text[] ELSE '{}' END AS taken_away
FROM known
WHERE place = 1 OR NOT is_confirmed;
