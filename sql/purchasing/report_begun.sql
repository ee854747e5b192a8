-- Before the report is built: what changes from here on is seen as a change after it.

-- Manual levels run out with the day.
SELECT
    app.begin_build(
        'low_stock_report',
        until => ((now() AT TIME ZONE 'Europe/Bucharest')::date + 1)::timestamp AT TIME ZONE 'Europe/Bucharest'
    );

-- The report joins what is grouped and chosen, of which no statistics exist: nested loops over all of it would be
-- planned for a few rows. Every join there is an equality, so hashes serve at any size.
SET LOCAL enable_nestloop = off;

-- A dozen sorts and hashes of all items: in the usual 4 MB they go through files, and take a quarter longer.
SET LOCAL work_mem = '32MB';
