-- The accounts that take part in stock, report and decisions: emag_accounts also has those configured earlier.
CREATE OR REPLACE VIEW app.configured_accounts AS
SELECT
    account_type,
    kind,
    warehouse,
    place,
    row_number() OVER (ORDER BY kind <> 'main', place, account_type) AS ordering_rank,
    marketplace,
    count(*) OVER (PARTITION BY warehouse) > 1 AS shares_warehouse,
    country
FROM app.emag_accounts
WHERE is_configured;
COMMENT ON VIEW app.configured_accounts IS
'The accounts that EMAG_ACCOUNTS names, as the newest sync, build or sensor knew it';
COMMENT ON COLUMN app.configured_accounts.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.configured_accounts.kind IS 'main: the seller ships; fbe: fulfilled by eMAG';
COMMENT ON COLUMN app.configured_accounts.warehouse IS 'Code of the warehouse whose stock the account publishes';
COMMENT ON COLUMN app.configured_accounts.place IS 'Place in EMAG_ACCOUNTS, from 1';
COMMENT ON COLUMN app.configured_accounts.ordering_rank IS
'Who orders where several accounts could: the lowest; kind main first, then as EMAG_ACCOUNTS names them';
COMMENT ON COLUMN app.configured_accounts.marketplace IS
'Host and path of the API that its offers were read from, or simulator';
COMMENT ON COLUMN app.configured_accounts.shares_warehouse IS
'Whether another configured account has the same warehouse';
COMMENT ON COLUMN app.configured_accounts.country IS 'Where the account sells: RO, BG or HU (marketplace_countries)';
