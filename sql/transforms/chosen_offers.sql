-- Stored offers of a choice; a condition that is null does not choose.
-- Parameters: account_type, skus (text[]), brand, category, min_price, max_price.
SELECT
    emag_id,
    sku
FROM app.emag_products_v2
WHERE
    account_type = %(account_type)s
    AND (%(skus)s::text[] IS NULL OR sku = any(%(skus)s::text[]))
    AND (%(brand)s::text IS NULL OR lower(brand) = lower(%(brand)s::text))
    AND (%(category)s::bigint IS NULL OR category_id = %(category)s::bigint)
    AND (%(min_price)s::numeric IS NULL OR price >= %(min_price)s::numeric)
    AND (%(max_price)s::numeric IS NULL OR price <= %(max_price)s::numeric)
ORDER BY last_synced_at, emag_id;
