SELECT sku, emag_offer_id, price, min_sale_price, max_sale_price, 
       stock, reserved_stock, available_stock, visibility, sync_attempts
FROM app.emag_product_offers_v2 
WHERE sku = 'EMG469' AND account_type = 'fbe';
