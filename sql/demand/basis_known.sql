-- What the demand of an account was last learned from; no row: it never was. Parameters: account_type.
SELECT
    first_day,
    today,
    known,
    campaigns,
    typical_rate,
    campaign_uplift,
    is_emag_only
FROM app.demand_basis
WHERE account_type = %(account_type)s
