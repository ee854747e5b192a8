-- The orders with these draft numbers, locked so that nobody sends one meanwhile. Parameter: numbers.
SELECT
    purchase.id,
    purchase.draft_key AS number,
    coalesce(supplier.name, '?') AS supplier_name,
    purchase.status,
    (app.sound_time(purchase.ordered_at) AT TIME ZONE 'Europe/Bucharest')::date AS ordered_on,
    purchase.expected_on,
    purchase.note
FROM app.purchase_orders AS purchase
LEFT JOIN app.suppliers AS supplier ON purchase.supplier_id = supplier.id
WHERE purchase.draft_key = any(%(numbers)s::text[])
ORDER BY purchase.id
FOR UPDATE OF purchase
