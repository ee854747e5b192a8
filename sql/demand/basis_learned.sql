-- Keeps what the demand of an account was learned from. Parameters: account_type, and the columns of demand_basis.
INSERT INTO app.demand_basis AS stored (
    account_type, first_day, today, known, campaigns, typical_rate, campaign_uplift, is_emag_only
)
VALUES (
    %(account_type)s, %(first_day)s, %(today)s, %(known)s, %(campaigns)s, %(typical_rate)s, %(campaign_uplift)s,
    %(is_emag_only)s
)
ON CONFLICT (account_type) DO UPDATE SET
    first_day = excluded.first_day,
    today = excluded.today,
    known = excluded.known,
    campaigns = excluded.campaigns,
    typical_rate = excluded.typical_rate,
    campaign_uplift = excluded.campaign_uplift,
    is_emag_only = excluded.is_emag_only,
    updated_at = now()
