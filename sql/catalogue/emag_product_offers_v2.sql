-- Upserts offers of the page that changed.
-- Needs the rows of emag_products_v2.sql; runs in the same transaction.

INSERT INTO app.emag_offer_contents (
    account_type,
    emag_offer_id,
    sku,
    price,
    original_price,
    sale_price,
    min_sale_price,
    max_sale_price,
    recommended_price,
    currency,
    vat_id,
    stock,
    reserved_stock,
    handling_time,
    status,
    offer_validation_status,
    visibility,
    is_available,
    sync_attempts,
    created_at,
    updated_at
)
SELECT
    incoming.account_type,
    incoming.emag_id,
    incoming.sku,
    incoming.price,
    greatest(incoming.price, incoming.recommended_price) AS original_price,
    incoming.price AS sale_price,
    incoming.min_sale_price,
    incoming.max_sale_price,
    incoming.recommended_price,
    incoming.currency,
    incoming.vat_id,
    incoming.stock_quantity,
    incoming.reserved_stock,
    incoming.handling_time,
    incoming.status,
    incoming.offer_validation_status,
    CASE WHEN incoming.is_visible AND product.removed_at IS NULL THEN 'visible' ELSE 'hidden' END AS visibility,
    incoming.is_visible AND product.removed_at IS NULL AND incoming.stock_quantity > 0 AS is_available,
    coalesce(known.sync_attempts, 0) AS sync_attempts,
    incoming.seen_at,
    coalesce(incoming.changed_at, incoming.seen_at) AS updated_at
FROM incoming_offers AS incoming
-- Only a replay finds something here: any other page ends a removal, and the attempts with it. By the key, whatever the
-- planner knows of the tables: they grow from page to page.
LEFT JOIN LATERAL (
    SELECT stored.removed_at
    FROM app.emag_product_contents AS stored
    WHERE incoming.is_replay AND stored.account_type = incoming.account_type AND stored.emag_id = incoming.emag_id
    ORDER BY stored.emag_id
    LIMIT 1
) AS product ON TRUE
LEFT JOIN LATERAL (
    SELECT stored.sync_attempts
    FROM app.emag_offer_contents AS stored
    WHERE
        incoming.keeps_attempts
        AND stored.account_type = incoming.account_type
        AND stored.emag_offer_id = incoming.emag_id
    ORDER BY stored.emag_offer_id
    LIMIT 1
) AS known ON TRUE
WHERE incoming.change = 'updated'
ON CONFLICT (account_type, emag_offer_id) DO UPDATE SET
    sku = excluded.sku,
    price = excluded.price,
    original_price = excluded.original_price,
    sale_price = excluded.sale_price,
    min_sale_price = excluded.min_sale_price,
    max_sale_price = excluded.max_sale_price,
    recommended_price = excluded.recommended_price,
    currency = excluded.currency,
    vat_id = excluded.vat_id,
    stock = excluded.stock,
    reserved_stock = excluded.reserved_stock,
    handling_time = excluded.handling_time,
    status = excluded.status,
    offer_validation_status = excluded.offer_validation_status,
    visibility = excluded.visibility,
    is_available = excluded.is_available,
    sync_attempts = excluded.sync_attempts,
    updated_at = excluded.updated_at;
