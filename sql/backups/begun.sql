-- A back-up begins. Parameter: file, its name.

INSERT INTO app.backups (file, started_at)
VALUES (%(file)s, clock_timestamp())
RETURNING id;
