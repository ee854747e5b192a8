-- Accounts on one warehouse sell the same pieces: only one of them orders, or the pieces would be ordered twice.
CREATE OR REPLACE VIEW app.ordering_accounts AS
WITH offer AS (
    -- Of several active offers of an account with one SKU, the one that the report shows: going by another one that can
    -- be sold would give the order to an account whose row in the report orders nothing.
    SELECT
        account_type,
        sku,
        min(emag_id) AS emag_id
    FROM app.emag_products_v2
    WHERE is_active
    GROUP BY account_type, sku
),

ranked AS (
    SELECT
        account.warehouse,
        offer.sku,
        account.shares_warehouse,
        -- An account that may not sell it now orders only where no other one can.
        min(account.ordering_rank) FILTER (WHERE terms.visibility IS NOT DISTINCT FROM 'visible') AS selling_rank,
        min(account.ordering_rank) AS ordering_rank
    FROM app.configured_accounts AS account
    INNER JOIN offer ON account.account_type = offer.account_type
    LEFT JOIN app.emag_product_offers_v2 AS terms
        ON offer.account_type = terms.account_type AND offer.emag_id = terms.emag_offer_id
    GROUP BY account.warehouse, account.shares_warehouse, offer.sku
)

SELECT
    ranked.warehouse,
    ranked.sku,
    account.account_type,
    ranked.shares_warehouse
FROM ranked
INNER JOIN app.configured_accounts AS account
    ON coalesce(ranked.selling_rank, ranked.ordering_rank) = account.ordering_rank;
COMMENT ON VIEW app.ordering_accounts IS
'Which configured account orders a SKU for a warehouse: of those that can sell it kind main first, then as'
' EMAG_ACCOUNTS names them';
COMMENT ON COLUMN app.ordering_accounts.warehouse IS 'Code of the warehouse';
COMMENT ON COLUMN app.ordering_accounts.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.ordering_accounts.account_type IS 'The account that orders, lower case';
COMMENT ON COLUMN app.ordering_accounts.shares_warehouse IS
'Whether several configured accounts sell from the warehouse; false: the account is its only one';
