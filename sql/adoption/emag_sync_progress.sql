-- How far a sync of the old program was: of no use after it. Parameters: none.
CREATE TEMP TABLE read_rows ON COMMIT DROP AS
SELECT
    old.place,
    old.old_row,
    NULL::text AS key,
    NULL::numeric AS rank,
    'the progress of a sync that has ended' AS reason,
    NULL::text AS same,
    '{}'::jsonb AS new_values,
    '{}'::jsonb AS defaults
FROM pg_temp.old_rows AS old;
