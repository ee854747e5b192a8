-- The categories of what is on sale, as fees name them.
SELECT DISTINCT category_id::text AS category
FROM app.emag_products_v2
WHERE is_active AND category_id IS NOT NULL
ORDER BY category
