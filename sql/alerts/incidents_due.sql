-- What a channel has not been told: open incidents it was not told of, or that became graver since, and the end of
-- those it was told of. A message that was taken names the state of each of its incidents as the sender read it (when
-- it opened, became graver, was over), so what changes while it is sent is told by the next one.
-- The end of one that it was not told of is told where that was tried: it would be its only word of it.
-- An incident that became less grave ends for those who were told of it too. One thing that comes and goes is told four
-- times an hour, and then as it is.
-- Parameters: channel, severities (that it is for and may be sent now), is_held (whether less grave ones wait),
-- language.
WITH often AS MATERIALIZED (
    SELECT
        incident.kind,
        incident.subject
    FROM app.alert_deliveries AS delivery
    CROSS JOIN LATERAL unnest(delivery.incident_ids) AS told (id)
    INNER JOIN app.incidents AS incident ON told.id = incident.id
    WHERE
        delivery.channel = %(channel)s
        AND delivery.delivered
        AND cardinality(delivery.incident_ids) > 0
        AND delivery.attempted_at > now() - interval '1 hour'
    GROUP BY incident.kind, incident.subject
    HAVING count(*) >= 4
)

SELECT
    incident.id,
    incident.kind,
    incident.subject,
    incident.severity,
    incident.opened_at,
    incident.closed_at,
    incident.first_error,
    incident.headline,
    incident.what_to_do,
    incident.worsened_at,
    CASE
        WHEN incident.closed_at IS NULL AND told.state_at IS NULL THEN 'opened'
        WHEN incident.closed_at IS NULL THEN 'worsened'
        WHEN told.state_at IS NULL THEN 'missed'
        ELSE 'recovered'
    END AS news
FROM app.incident_messages AS incident
CROSS JOIN
    LATERAL (
        SELECT
            max(state.state_at) FILTER (WHERE delivery.delivered) AS state_at,
            count(*) AS attempts
        FROM app.alert_deliveries AS delivery
        CROSS JOIN LATERAL unnest(delivery.incident_ids, delivery.incident_states) AS state (id, state_at)
        WHERE
            delivery.incident_ids @> ARRAY[incident.id]
            AND cardinality(delivery.incident_ids) > 0 -- as the index has it
            AND delivery.channel = %(channel)s
            AND state.id = incident.id
    ) AS told
WHERE
    incident.language = %(language)s
    AND (incident.closed_at IS NULL OR incident.closed_at > now() - interval '7 days')
    AND (told.state_at >= coalesce(incident.closed_at, incident.worsened_at, incident.opened_at)) IS NOT TRUE
    AND CASE
        WHEN incident.closed_at IS NULL THEN incident.severity = any(%(severities)s)
        WHEN told.state_at IS NULL THEN told.attempts > 0 AND NOT %(is_held)s
        ELSE incident.severity = any(%(severities)s) OR NOT %(is_held)s
    END
    AND NOT (incident.kind = 'channel_unreachable' AND incident.subject = %(channel)s)
    AND NOT EXISTS (
        SELECT FROM often WHERE often.kind = incident.kind AND often.subject = incident.subject
    )
ORDER BY array_position(ARRAY['critical', 'warning', 'info'], incident.severity), incident.id;
