-- Before the offers are built: changes from here on count as newer than they.

-- Rates and prices grow old, and closures pass, with the day.
SELECT
    app.begin_build(
        'supplier_offers',
        until => ((now() AT TIME ZONE 'Europe/Bucharest')::date + 1)::timestamp AT TIME ZONE 'Europe/Bucharest'
    );

-- The joins are of grouped subqueries, which have no statistics: the planner would expect a few rows, and run nested
-- loops over all of them. Every join there is an equality, so hash joins work at any size.
SET LOCAL enable_nestloop = off;

-- Sorts and hashes of all offers: in the default 4 MB they spill to disk.
SET LOCAL work_mem = '32MB';
