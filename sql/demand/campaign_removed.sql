-- Takes a campaign back; no row: there is none of that name. Parameters: name.
DELETE FROM app.campaign_days
WHERE name = %(name)s
RETURNING name
