-- Inserts the offers of the pages that are not stored: product, offer, when it was seen, and the first row of each
-- series. The statements after this one write the others: no new row needs their ON CONFLICT, nor what they look up.
-- If somebody inserts one of them meanwhile, the transaction is repeated with savepoints, and finds it stored.
-- Needs the changes in incoming_offers.sql; runs in the same transaction.

WITH incoming AS NOT MATERIALIZED (
    SELECT *
    FROM incoming_offers
    WHERE change = 'created'
),

products AS (
    INSERT INTO app.emag_product_contents (
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
        created_at,
        updated_at
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
        seen_at AS created_at,
        seen_at AS updated_at
    FROM incoming
),

offers AS (
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
        created_at,
        updated_at
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
        seen_at AS created_at,
        seen_at AS updated_at
    FROM incoming
),

seen AS (
    INSERT INTO app.emag_offers_seen (
        account_type, emag_id, raw_hash, last_sync_id, last_synced_at, last_stored_at
    )
    SELECT
        account_type,
        emag_id,
        raw_hash,
        sync_log_id,
        seen_at AS last_synced_at,
        seen_at AS last_stored_at
    FROM incoming
),

market AS (
    INSERT INTO app.emag_offer_market_history (
        account_type,
        emag_offer_id,
        observed_at,
        buy_button_rank,
        best_offer_sale_price,
        best_offer_recommended_price,
        number_of_offers
    )
    SELECT
        account_type,
        emag_id,
        seen_at,
        buy_button_rank,
        best_offer_sale_price,
        best_offer_recommended_price,
        number_of_offers
    FROM incoming
    WHERE num_nonnulls(buy_button_rank, best_offer_sale_price, best_offer_recommended_price, number_of_offers) > 0
)

INSERT INTO app.emag_offer_history (
    account_type, emag_offer_id, valid_from, sku, price, currency, stock, status
)
SELECT
    account_type,
    emag_id,
    seen_at,
    sku,
    price,
    currency,
    stock_quantity,
    status
FROM incoming;
