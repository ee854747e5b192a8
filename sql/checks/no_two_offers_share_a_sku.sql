-- SKUs that several offers of one account carry: all are kept, the active one with the lowest id feeds the inventory.
SELECT
    account_type,
    sku,
    array_agg(emag_id ORDER BY emag_id) AS emag_ids
FROM app.emag_products_v2
WHERE removed_at IS NULL AND account_type = any(%(accounts)s)
GROUP BY account_type, sku
HAVING count(*) > 1
ORDER BY account_type, sku;
