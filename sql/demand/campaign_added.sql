-- Enters a campaign; no row: there is one of that name. Parameters: name, starts_on, ends_on, created_by.
INSERT INTO app.campaign_days (name, starts_on, ends_on, created_by)
VALUES (%(name)s, %(starts_on)s, %(ends_on)s, %(created_by)s)
ON CONFLICT (name) DO NOTHING
RETURNING name
