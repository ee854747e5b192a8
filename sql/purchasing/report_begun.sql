-- Before the facts of the report are read: what changes from here on is seen as a change after it.

-- Manual levels run out with the day.
SELECT
    app.begin_build(
        'low_stock_report',
        until => ((now() AT TIME ZONE 'Europe/Bucharest')::date + 1)::timestamp AT TIME ZONE 'Europe/Bucharest'
    );

-- The facts join what is grouped and chosen, of which no statistics exist: nested loops over all of it would be planned
-- for a few rows. Every join there is an equality, so hashes serve at any size.
SET LOCAL enable_nestloop = off;
