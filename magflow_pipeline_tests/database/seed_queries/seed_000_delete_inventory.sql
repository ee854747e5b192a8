DELETE FROM app.inventory_items WHERE warehouse_id IN (
  SELECT id FROM app.warehouses WHERE code IN ('EMAG-FBE', 'EMAG-MAIN')
);
