-- What a channel has not been told: open incidents it was not told of, and the end of those that it was. A message that
-- was taken tells of each of its incidents once, so the first is that it began, the second that it is over.
-- An incident that became less grave ends for those who were told of it too.
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
    incident.what_to_do
FROM app.incident_messages AS incident
CROSS JOIN
    LATERAL (
        SELECT count(*) AS times
        FROM app.alert_deliveries AS delivery
        WHERE
            delivery.delivered
            AND delivery.incident_ids @> ARRAY[incident.id]
            AND delivery.channel = %(channel)s
    ) AS told
WHERE
    incident.language = %(language)s
    AND (incident.closed_at IS NULL OR incident.closed_at > now() - interval '7 days')
    AND (
        incident.severity = any(%(severities)s)
        OR (incident.closed_at IS NOT NULL AND told.times > 0 AND NOT %(is_held)s)
    )
    AND NOT (incident.kind = 'channel_unreachable' AND incident.subject = %(channel)s)
    AND told.times = CASE WHEN incident.closed_at IS NULL THEN 0 ELSE 1 END
ORDER BY array_position(ARRAY['critical', 'warning', 'info'], incident.severity), incident.id;
