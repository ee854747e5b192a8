-- Before the levels are computed: changes from here on count as newer. Their day is part of them: demand, decisions that
-- run out.
SELECT
    app.begin_build(
        'demand_levels',
        until => ((now() AT TIME ZONE 'Europe/Bucharest')::date + 1)::timestamp AT TIME ZONE 'Europe/Bucharest'
    );

-- As for the report: grouped subqueries have no statistics, and sorts of all items spill in the default 4 MB.
SET LOCAL enable_nestloop = off;
SET LOCAL work_mem = '32MB'
