-- Stores which accounts are configured. Parameters: names, kinds, warehouses, countries, each a list in the order of
-- EMAG_ACCOUNTS; null where a variable is invalid: the stored value stays.
UPDATE app.emag_accounts AS account
SET
    is_configured = wanted.place IS NOT NULL,
    place = wanted.place,
    kind = coalesce(wanted.kind, account.kind),
    warehouse = coalesce(wanted.warehouse, account.warehouse),
    country = coalesce(wanted.country, account.country)
FROM app.emag_accounts AS known
LEFT JOIN
    unnest(%(names)s::text[], %(kinds)s::text[], %(warehouses)s::text[], %(countries)s::text[])
    WITH ORDINALITY AS wanted (account_type, kind, warehouse, country, place)
    ON known.account_type = wanted.account_type
WHERE account.account_type = known.account_type;

INSERT INTO app.input_changes (name, table_name)
VALUES ('demand_levels', 'emag_accounts'), ('low_stock_report', 'emag_accounts');
