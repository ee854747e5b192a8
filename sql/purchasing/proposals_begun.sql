-- Before purchases are proposed: changes from here on count as newer than the proposals.

-- Arrivals come closer, and decisions of people end, with the day.
SELECT
    app.begin_build(
        'reorder_proposals',
        until => ((now() AT TIME ZONE 'Europe/Bucharest')::date + 1)::timestamp AT TIME ZONE 'Europe/Bucharest'
    );

-- As for the report: grouped subqueries have no statistics, and every join of many rows is an equality.
SET LOCAL enable_nestloop = off;
SET LOCAL work_mem = '32MB';
