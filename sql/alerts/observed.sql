-- Notes what a process saw; the same value not again within 20 seconds, which would only be work.
-- Parameters: name, subject, value.
INSERT INTO app.observations AS known (name, subject, value, observed_at)
VALUES (%(name)s, %(subject)s, %(value)s, clock_timestamp())
ON CONFLICT (name, subject) DO UPDATE
    SET value = excluded.value, observed_at = excluded.observed_at
    WHERE known.value <> excluded.value OR known.observed_at < now() - interval '20 seconds';
