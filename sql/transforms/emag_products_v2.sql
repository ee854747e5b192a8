-- Products of the page: what changed is written, what did not is only marked as seen.

UPDATE incoming_offers AS incoming
SET
    change = CASE
        WHEN known.emag_id IS NULL THEN 'created'
        WHEN
            known.content_hash = incoming.content_hash
            AND known.sync_status = 'synced'
            AND known.removed_at IS NULL
            THEN 'unchanged'
        ELSE 'updated'
    END
FROM incoming_offers AS page
LEFT JOIN app.emag_products_v2 AS known
    ON page.account_type = known.account_type AND page.emag_id = known.emag_id
WHERE incoming.account_type = page.account_type AND incoming.emag_id = page.emag_id;

INSERT INTO app.emag_products_v2 (
    account_type,
    emag_id,
    sku,
    part_number_key,
    name,
    brand,
    category_id,
    description,
    url,
    images,
    characteristics,
    ean,
    price,
    currency,
    vat_id,
    warranty,
    stock_quantity,
    general_stock,
    estimated_stock,
    status,
    ownership,
    validation_status,
    translation_validation_status,
    offer_validation_status,
    validation_errors,
    family_id,
    family_name,
    family_type_id,
    genius_eligibility,
    genius_eligibility_type,
    genius_computed,
    notes,
    content_hash,
    last_sync_id,
    created_at,
    updated_at,
    last_synced_at
)
SELECT
    account_type,
    emag_id,
    sku,
    part_number_key,
    name,
    brand,
    category_id,
    description,
    url,
    images,
    characteristics,
    ean,
    price,
    currency,
    vat_id,
    warranty,
    stock_quantity,
    general_stock,
    estimated_stock,
    status,
    ownership,
    validation_status,
    translation_validation_status,
    offer_validation_status,
    validation_errors,
    family_id,
    family_name,
    family_type_id,
    genius_eligibility,
    genius_eligibility_type,
    genius_computed,
    notes,
    content_hash,
    sync_log_id,
    seen_at,
    seen_at,
    seen_at
FROM incoming_offers
WHERE change <> 'unchanged'
ON CONFLICT (account_type, emag_id) DO UPDATE SET
    sku = excluded.sku,
    part_number_key = excluded.part_number_key,
    name = excluded.name,
    brand = excluded.brand,
    category_id = excluded.category_id,
    description = excluded.description,
    url = excluded.url,
    images = excluded.images,
    characteristics = excluded.characteristics,
    ean = excluded.ean,
    price = excluded.price,
    currency = excluded.currency,
    vat_id = excluded.vat_id,
    warranty = excluded.warranty,
    stock_quantity = excluded.stock_quantity,
    general_stock = excluded.general_stock,
    estimated_stock = excluded.estimated_stock,
    status = excluded.status,
    ownership = excluded.ownership,
    validation_status = excluded.validation_status,
    translation_validation_status = excluded.translation_validation_status,
    offer_validation_status = excluded.offer_validation_status,
    validation_errors = excluded.validation_errors,
    family_id = excluded.family_id,
    family_name = excluded.family_name,
    family_type_id = excluded.family_type_id,
    genius_eligibility = excluded.genius_eligibility,
    genius_eligibility_type = excluded.genius_eligibility_type,
    genius_computed = excluded.genius_computed,
    notes = excluded.notes,
    content_hash = excluded.content_hash,
    sync_status = 'synced',
    sync_error = NULL,
    removed_at = NULL,
    last_sync_id = excluded.last_sync_id,
    updated_at = excluded.updated_at,
    last_synced_at = excluded.last_synced_at;

UPDATE app.emag_products_v2 AS product
SET last_sync_id = incoming.sync_log_id, last_synced_at = incoming.seen_at
FROM incoming_offers AS incoming
WHERE
    product.account_type = incoming.account_type
    AND product.emag_id = incoming.emag_id
    AND incoming.change = 'unchanged';
