-- How the syncs of every account and type ended, by day of Bucharest. Parameter: days.
SELECT
    starts_on,
    sum(completed)::integer AS completed,
    sum(partial)::integer AS partial,
    sum(failed)::integer AS failed
FROM app.sync_statistics
WHERE period = 'day' AND starts_on > (now() AT TIME ZONE 'Europe/Bucharest')::date - %(days)s::integer
GROUP BY starts_on
ORDER BY starts_on;
