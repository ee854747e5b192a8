-- What is wrong, and since when, as status, history and the digest tell it.
CREATE OR REPLACE VIEW app.open_incidents AS
SELECT
    id,
    kind,
    subject,
    severity,
    opened_at,
    first_error
FROM app.incidents
WHERE closed_at IS NULL;
COMMENT ON VIEW app.open_incidents IS 'Incidents that are open: what is wrong, and since when';
COMMENT ON COLUMN app.open_incidents.id IS 'Number of the incident';
COMMENT ON COLUMN app.open_incidents.kind IS 'What is wrong, such as sync_failed';
COMMENT ON COLUMN app.open_incidents.subject IS
'What it happened to, an account for example; empty where there is only one';
COMMENT ON COLUMN app.open_incidents.severity IS 'info, warning or critical';
COMMENT ON COLUMN app.open_incidents.opened_at IS 'Since when it is known, UTC';
COMMENT ON COLUMN app.open_incidents.first_error IS 'The first error of it; null: none was told';
