-- Open incidents in words, the gravest first. Parameter: language.
SELECT
    id,
    kind,
    subject,
    severity,
    opened_at,
    closed_at,
    first_error,
    headline,
    what_to_do,
    worsened_at
FROM app.incident_messages
WHERE closed_at IS NULL AND language = %(language)s
ORDER BY array_position(ARRAY['critical', 'warning', 'info'], severity), opened_at;
