-- Offers of the page. Needs the marks of incoming_compare.sql or incoming_rewrite.sql; runs in the same transaction.

INSERT INTO app.emag_product_offers_v2 (
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
    created_at,
    updated_at,
    last_synced_at
)
SELECT
    account_type,
    emag_id,
    sku,
    price,
    greatest(price, recommended_price) AS original_price,
    price AS sale_price,
    min_sale_price,
    max_sale_price,
    recommended_price,
    currency,
    vat_id,
    stock_quantity,
    reserved_stock,
    handling_time,
    status,
    offer_validation_status,
    CASE WHEN is_visible THEN 'visible' ELSE 'hidden' END AS visibility,
    is_visible AND stock_quantity > 0 AS is_available,
    seen_at,
    changed_at,
    seen_at
FROM incoming_offers
WHERE change <> 'unchanged'
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
    sync_attempts = 0,
    updated_at = excluded.updated_at,
    last_synced_at = excluded.last_synced_at;

UPDATE app.emag_product_offers_v2 AS offer
SET last_synced_at = incoming.seen_at
FROM incoming_offers AS incoming
WHERE
    offer.account_type = incoming.account_type
    AND offer.emag_offer_id = incoming.emag_id
    AND incoming.change = 'unchanged';
