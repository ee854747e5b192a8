-- What is wrong now, the gravest first.
SELECT
    kind,
    subject,
    severity,
    opened_at,
    first_error
FROM app.open_incidents
ORDER BY array_position(ARRAY['critical', 'warning', 'info'], severity), opened_at, id;
