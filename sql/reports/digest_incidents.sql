-- What is wrong now, the gravest first. Parameters: language.
SELECT
    kind,
    subject,
    severity,
    opened_at,
    first_error,
    headline,
    what_to_do
FROM app.incident_messages
WHERE closed_at IS NULL AND language = %(language)s
ORDER BY array_position(ARRAY['critical', 'warning', 'info'], severity), opened_at, id;
