-- The currency of the stored terms of these suppliers, and the amounts that are in it. Parameter: supplier_ids.
SELECT
    supplier_id,
    sku,
    shipping,
    coalesce(currency, 'CNY') AS currency,
    array_remove(
        ARRAY[
            CASE WHEN minimum_order_value IS NOT NULL THEN 'minimum_order_value' END,
            CASE WHEN freight_per_kg IS NOT NULL THEN 'freight_per_kg' END,
            CASE WHEN freight_per_m3 IS NOT NULL THEN 'freight_per_m3' END,
            CASE WHEN freight_per_order IS NOT NULL THEN 'freight_per_order' END
        ],
        NULL
    ) AS amounts
FROM app.supplier_terms
WHERE supplier_id = any(%(supplier_ids)s::bigint[])
