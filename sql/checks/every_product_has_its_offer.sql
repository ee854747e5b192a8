-- Products without an offer: they are committed together, so the offer was lost.
-- `magflow replay ACCOUNT` derives both again.
SELECT
    product.account_type,
    product.emag_id,
    product.sku
FROM app.emag_products_v2 AS product
LEFT JOIN app.emag_product_offers_v2 AS offer
    ON product.account_type = offer.account_type AND product.emag_id = offer.emag_offer_id
WHERE
    offer.emag_offer_id IS NULL
    AND product.account_type = any(%(accounts)s)
ORDER BY product.account_type, product.emag_id;
