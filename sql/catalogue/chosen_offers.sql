-- Chosen offers: those of the named SKUs, or all that are not removed; a null condition matches all.
-- Parameters: account_type, skus (text[]), brand, category, min_price, max_price.
SELECT
    emag_id,
    sku,
    (%(brand)s::text IS NULL OR lower(brand) = lower(%(brand)s::text))
    AND (%(category)s::bigint IS NULL OR category_id = %(category)s::bigint)
    AND (%(min_price)s::numeric IS NULL OR price >= %(min_price)s::numeric)
    AND (%(max_price)s::numeric IS NULL OR price <= %(max_price)s::numeric) AS is_chosen
FROM app.emag_products_v2
WHERE
    account_type = %(account_type)s
    AND CASE WHEN %(skus)s::text[] IS NULL THEN removed_at IS NULL ELSE sku = any(%(skus)s::text[]) END
ORDER BY last_synced_at, emag_id;
