SELECT COUNT(*) FROM app.emag_product_offers_v2 WHERE account_type = 'fbe';
