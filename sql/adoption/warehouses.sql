-- Warehouses by code; the codes of eMAG's are upper case. Parameters: zone.
CREATE TEMP TABLE read_rows ON COMMIT DROP AS
WITH written AS (
    SELECT
        old.place,
        old.old_row,
        pg_temp.said(old.old_row ->> 'code') AS code
    FROM pg_temp.old_rows AS old
),

named AS (
    SELECT
        written.place,
        written.old_row,
        CASE
            WHEN upper(written.code) ~ '^EMAG-' THEN upper(written.code)
            ELSE written.code
        END AS code
    FROM written
)

SELECT
    named.place,
    named.old_row,
    named.code AS key,
    -pg_temp.number(named.old_row ->> 'id')::numeric AS rank,
    CASE WHEN named.code IS NULL THEN 'it has no code' END AS reason,
    'another row has its code, and is kept' AS same,
    jsonb_build_object(
        'code', named.code,
        'name', pg_temp.said(named.old_row ->> 'name'),
        'kind', CASE
            WHEN named.code = 'EMAG-FBE' THEN 'fbe'
            ELSE substring(lower(named.old_row ->> 'kind') FROM '^(?:main|fbe)$')
        END,
        'created_at', pg_temp.moment(named.old_row ->> 'created_at', %(zone)s)
    ) AS new_values,
    jsonb_build_object('kind', 'main', 'created_at', now()) AS defaults
FROM named;
