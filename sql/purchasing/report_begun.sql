-- Before the report is built: changes from here on count as newer than the report.

-- Manual levels expire with the day.
SELECT
    app.begin_build(
        'low_stock_report',
        until => ((now() AT TIME ZONE 'Europe/Bucharest')::date + 1)::timestamp AT TIME ZONE 'Europe/Bucharest'
    );

-- The report joins grouped subqueries, which have no statistics: the planner would expect a few rows, and run nested
-- loops over all of them. Every join there is an equality, so hash joins work at any size.
SET LOCAL enable_nestloop = off;

-- A dozen sorts and hashes of all items: in the default 4 MB they spill to disk, and take a quarter longer.
SET LOCAL work_mem = '32MB';
