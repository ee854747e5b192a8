-- What a channel has not been told: open incidents it was not told of, or that became graver since, and the end of
-- those that it was told of. A message that was taken names the state of each of its incidents as the sender read it (when it
-- opened, became graver, was over), so what changes while it is sent is told by the next one.
-- The end of one that it was not told of is told where that was tried: its only word of it would be missing.
-- An incident that became less grave ends for those who were told of it too. One thing that comes and goes is told four
-- times an hour, and then as it is.
-- Parameters: channel, severities (that it is for and may be sent now), is_held (whether less grave ones wait),
-- language.
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
    AND (
        SELECT count(*)
        FROM app.alert_deliveries AS recent
        WHERE
            recent.channel = %(channel)s
            AND recent.delivered
            AND recent.attempted_at > now() - interval '1 hour'
            AND EXISTS (
                SELECT FROM app.incidents AS same
                WHERE
                    same.id = any(recent.incident_ids)
                    AND same.kind = incident.kind
                    AND same.subject = incident.subject
            )
    ) < 4
ORDER BY array_position(ARRAY['critical', 'warning', 'info'], incident.severity), incident.id;
