-- Suppliers by name, as names are compared (rules.md: Suppliers). Parameters: zone.
CREATE TEMP TABLE read_rows ON COMMIT DROP AS
WITH named AS (
    SELECT
        old.place,
        old.old_row,
        app.normalized_name(old.old_row ->> 'name') AS identity
    FROM pg_temp.old_rows AS old
)

SELECT
    named.place,
    named.old_row,
    named.identity AS key,
    -- One that is active first, then the oldest.
    coalesce(pg_temp.flag(named.old_row ->> 'is_active'), TRUE)::integer * 2000000000::numeric
    - coalesce(pg_temp.number(named.old_row ->> 'id'), 1000000000) AS rank,
    CASE WHEN coalesce(named.identity, '') = '' THEN 'it has no name' END AS reason,
    'another row is the same supplier by its name, and is kept' AS same,
    jsonb_build_object(
        'name', named.old_row ->> 'name',
        'is_preferred', pg_temp.flag(named.old_row ->> 'is_preferred'),
        'is_active', pg_temp.flag(named.old_row ->> 'is_active'),
        'created_at', pg_temp.moment(named.old_row ->> 'created_at', %(zone)s)
    ) AS new_values,
    jsonb_build_object('is_preferred', FALSE, 'is_active', TRUE, 'created_at', now()) AS defaults
FROM named;
