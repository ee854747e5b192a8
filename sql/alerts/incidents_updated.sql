-- Opens and closes incidents: the difference between what is wrong now and what is open. One process at a time; a
-- second one finds nothing left to do. The times of an incident differ: they tell its states from each other.

SELECT pg_advisory_xact_lock(hashtextextended('magflow: incidents', 0));

WITH seen AS MATERIALIZED (
    SELECT
        kind,
        subject,
        severity,
        first_error,
        numbers
    FROM app.incidents_now
),

closed AS (
    UPDATE app.incidents AS incident
    SET
        closed_at = greatest(
            clock_timestamp(), greatest(incident.opened_at, incident.worsened_at) + interval '1 microsecond'
        )
    WHERE
        incident.closed_at IS NULL
        AND NOT EXISTS (
            SELECT FROM seen WHERE seen.kind = incident.kind AND seen.subject = incident.subject
        )
),

changed AS (
    UPDATE app.incidents AS incident
    SET
        severity = seen.severity,
        numbers = seen.numbers,
        worsened_at = CASE
            WHEN seen.severity = incident.severity THEN incident.worsened_at
            WHEN
                array_position(ARRAY['info', 'warning', 'critical'], seen.severity)
                > array_position(ARRAY['info', 'warning', 'critical'], incident.severity)
                THEN greatest(clock_timestamp(), incident.opened_at + interval '1 microsecond')
        END
    FROM seen
    WHERE
        incident.closed_at IS NULL
        AND incident.kind = seen.kind
        AND incident.subject = seen.subject
        AND (incident.severity, incident.numbers) IS DISTINCT FROM (seen.severity, seen.numbers)
)

INSERT INTO app.incidents (kind, subject, severity, opened_at, first_error, numbers)
SELECT
    seen.kind,
    seen.subject,
    seen.severity,
    clock_timestamp() AS opened_at,
    seen.first_error,
    seen.numbers
FROM seen
WHERE
    NOT EXISTS (
        SELECT FROM app.incidents AS incident
        WHERE incident.closed_at IS NULL AND incident.kind = seen.kind AND incident.subject = seen.subject
    );
