-- depends: 0032.report-of-demand
-- An incident that becomes graver is told again: each message holds which state of an incident it told.

ALTER TABLE app.incidents ADD COLUMN worsened_at timestamptz CHECK (worsened_at > opened_at);
COMMENT ON COLUMN app.incidents.worsened_at IS
'When it became as grave as it is, UTC; null: it opened so, or became less grave since';

ALTER TABLE app.alert_deliveries ADD COLUMN incident_states timestamptz[] NOT NULL DEFAULT '{}';
UPDATE app.alert_deliveries AS delivery
SET
    incident_states = (
        SELECT
            array_agg(
                CASE
                    WHEN delivery.what <> 'opened' AND delivery.attempted_at >= incident.closed_at
                        THEN incident.closed_at
                    ELSE coalesce(incident.opened_at, delivery.attempted_at)
                END ORDER BY told.place
            )
        FROM unnest(delivery.incident_ids) WITH ORDINALITY AS told (id, place)
        LEFT JOIN app.incidents AS incident ON told.id = incident.id
    )
WHERE cardinality(delivery.incident_ids) > 0;
ALTER TABLE app.alert_deliveries
ADD CONSTRAINT alert_deliveries_states_check CHECK (cardinality(incident_states) = cardinality(incident_ids)),
DROP CONSTRAINT alert_deliveries_what_check,
ADD CONSTRAINT alert_deliveries_what_check CHECK (
    what IN ('opened', 'worsened', 'recovered', 'missed', 'folded', 'digest', 'sync', 'heartbeat', 'test')
);
COMMENT ON COLUMN app.alert_deliveries.incident_states IS
'For each of incident_ids the state that was told: when it opened, became graver, or was over, UTC';
COMMENT ON COLUMN app.alert_deliveries.what IS
'opened, worsened or recovered: of an incident; missed: it is over, and could not be told before; folded: of many at'
' once; digest; sync: the statistics of one; heartbeat; test';

-- Failed attempts are looked up by incident too; statistics, heartbeats and digests, which are most of the rows, never.
DROP INDEX app.alert_deliveries_incidents;
CREATE INDEX alert_deliveries_incidents ON app.alert_deliveries USING gin (incident_ids)
WHERE cardinality(incident_ids) > 0;
