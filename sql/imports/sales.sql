-- Stores incoming_sales; answers how many rows are new, and how many had another quantity.
WITH known AS (
    SELECT count(*) AS rows
    FROM app.sales_elsewhere AS stored
    INNER JOIN incoming_sales AS incoming
        ON
            stored.account_type = incoming.account_type
            AND stored.channel = incoming.channel
            AND stored.sku = incoming.sku
            AND stored.day = incoming.day
),

written AS (
    INSERT INTO app.sales_elsewhere AS stored (account_type, channel, sku, day, quantity, import_id)
    SELECT
        account_type,
        channel,
        sku,
        day,
        quantity,
        %(import_id)s
    FROM incoming_sales
    ORDER BY account_type, sku, day, channel
    ON CONFLICT (account_type, sku, day, channel) DO UPDATE
        SET quantity = excluded.quantity, import_id = excluded.import_id, updated_at = now()
        WHERE stored.quantity IS DISTINCT FROM excluded.quantity
    RETURNING stored.sku
)

SELECT
    (SELECT count(*) FROM incoming_sales) - known.rows AS created,
    (SELECT count(*) FROM written) - ((SELECT count(*) FROM incoming_sales) - known.rows) AS changed
FROM known
