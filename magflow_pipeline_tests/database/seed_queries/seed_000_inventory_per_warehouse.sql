SELECT w.code, COUNT(ii.id) as items
FROM app.warehouses w
LEFT JOIN app.inventory_items ii ON ii.warehouse_id = w.id
WHERE w.code IN ('EMAG-FBE', 'EMAG-MAIN')
GROUP BY w.code;
