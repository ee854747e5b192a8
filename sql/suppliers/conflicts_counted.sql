-- Counts the conflicts of suppliers for incidents_now. Called by the build of the report, which reads all price lists
-- anyway, and is due after each of their changes.
INSERT INTO app.observations (name, value)
SELECT
    'supplier_conflicts' AS name,
    count(*) AS value
FROM app.supplier_conflicts
ON CONFLICT (name, subject) DO UPDATE SET value = excluded.value, observed_at = excluded.observed_at;
