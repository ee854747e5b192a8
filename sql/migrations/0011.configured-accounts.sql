-- depends: 0010.owner-of-a-sync
-- Which accounts the seller has configured, beside those that were ever read, and what an account was called before.

ALTER TABLE app.emag_accounts
ADD COLUMN is_configured boolean NOT NULL DEFAULT TRUE,
ADD COLUMN place integer,
ADD COLUMN renamed_from text,
ADD COLUMN renamed_at timestamptz;
COMMENT ON TABLE app.emag_accounts IS
'Every account that was ever read, and where its rows came from: another marketplace or user is refused, so that'
' sellers never mix. Those that take part in stock, report and decisions: configured_accounts';
COMMENT ON COLUMN app.emag_accounts.is_configured IS
'Whether EMAG_ACCOUNTS names the account; of one that it does not name, only the history is kept';
COMMENT ON COLUMN app.emag_accounts.place IS 'Place in EMAG_ACCOUNTS, from 1; null: not configured';
COMMENT ON COLUMN app.emag_accounts.renamed_from IS
'What the account was called before: EMAG_ACCOUNTS names it anew, marketplace and user are the same';
COMMENT ON COLUMN app.emag_accounts.renamed_at IS 'When its rows took the new name, UTC';
COMMENT ON COLUMN app.warehouses.kind IS
'main: the seller''s own; fbe: at eMAG. Of a warehouse that a configured account names: what the configuration says';
COMMENT ON COLUMN app.purchase_order_items.warehouse_id IS
'Where the goods go; null: the warehouse of the account that orders the product, see open_order_lines';

-- A renamed account takes its rows along, table by table in one transaction.
ALTER TABLE app.emag_product_offers_v2
ALTER CONSTRAINT emag_product_offers_v2_account_type_emag_offer_id_fkey DEFERRABLE;
ALTER TABLE app.emag_offer_market_history
ALTER CONSTRAINT emag_offer_market_history_account_type_emag_offer_id_fkey DEFERRABLE;
ALTER TABLE app.emag_offer_history
ALTER CONSTRAINT emag_offer_history_account_type_emag_offer_id_fkey DEFERRABLE;
