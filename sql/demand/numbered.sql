-- The items whose demand is learned, in the order of their numbers, and how many of them sold something.
SELECT
    coalesce(array_agg(sku ORDER BY number), '{}') AS skus,
    count(*) FILTER (WHERE is_sold) AS sold_items
FROM demand_items
