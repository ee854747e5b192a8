-- Notes pieces that were sent from one account to another, if a product has the SKU.
INSERT INTO app.stock_transfers (sku, from_account, to_account, quantity, sent_on, expected_on, noted_by)
SELECT
    product.sku,
    %(from_account)s AS from_account,
    %(to_account)s AS to_account,
    %(quantity)s AS quantity,
    %(sent_on)s AS sent_on,
    %(expected_on)s AS expected_on,
    %(noted_by)s AS noted_by
FROM app.products AS product
WHERE product.sku = %(sku)s;
