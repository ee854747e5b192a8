-- Stores incoming_stock; answers how many rows are new, and how many had another quantity.
WITH known AS (
    SELECT count(*) AS rows
    FROM app.stock_counts AS stored
    INNER JOIN incoming_stock AS incoming
        ON stored.account_type = incoming.account_type AND stored.sku = incoming.sku AND stored.day = incoming.day
),

written AS (
    INSERT INTO app.stock_counts AS stored (account_type, sku, day, quantity, import_id)
    SELECT
        account_type,
        sku,
        day,
        quantity,
        %(import_id)s
    FROM incoming_stock
    ORDER BY account_type, sku, day
    ON CONFLICT (account_type, sku, day) DO UPDATE
        SET quantity = excluded.quantity, import_id = excluded.import_id, updated_at = now()
        WHERE stored.quantity IS DISTINCT FROM excluded.quantity
    RETURNING stored.sku
)

SELECT
    (SELECT count(*) FROM incoming_stock) - known.rows AS created,
    (SELECT count(*) FROM written) - ((SELECT count(*) FROM incoming_stock) - known.rows) AS changed
FROM known
