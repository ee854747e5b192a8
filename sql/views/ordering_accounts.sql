-- Accounts on one warehouse sell the same pieces: one of them orders, or the shelf would be filled twice.
CREATE OR REPLACE VIEW app.ordering_accounts AS
SELECT DISTINCT ON (account.warehouse, product.sku)
    account.warehouse,
    product.sku,
    account.account_type
FROM app.configured_accounts AS account
INNER JOIN app.emag_products_v2 AS product ON account.account_type = product.account_type
LEFT JOIN app.emag_product_offers_v2 AS terms
    ON product.account_type = terms.account_type AND product.emag_id = terms.emag_offer_id
WHERE product.is_active
-- An account that may not sell it now orders only where no other one can.
ORDER BY
    account.warehouse, product.sku, terms.visibility IS DISTINCT FROM 'visible', account.ordering_rank;
COMMENT ON VIEW app.ordering_accounts IS
'Which configured account orders a SKU for a warehouse: of those that can sell it kind main first, then as'
' EMAG_ACCOUNTS names them';
COMMENT ON COLUMN app.ordering_accounts.warehouse IS 'Code of the warehouse';
COMMENT ON COLUMN app.ordering_accounts.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.ordering_accounts.account_type IS 'The account that orders, lower case';
