-- Decides about the rows that were read: one of each key is kept, under its own id where that is free.
-- Parameters: table_name, sequence (of its ids; null for a table without).
CREATE TEMP TABLE judged_rows ON COMMIT DROP AS
WITH ranked AS (
    SELECT
        read_row.*,
        pg_temp.said(read_row.old_row ->> 'id') AS old_id,
        pg_temp.number(read_row.old_row ->> 'id') AS id,
        read_row.reason IS NULL AND row_number() OVER (
            PARTITION BY read_row.reason IS NULL, coalesce(read_row.key, ' ' || read_row.place)
            ORDER BY read_row.rank DESC NULLS LAST, read_row.place
        ) = 1 AS is_kept,
        first_value(read_row.place) OVER (
            PARTITION BY read_row.reason IS NULL, coalesce(read_row.key, ' ' || read_row.place)
            ORDER BY read_row.rank DESC NULLS LAST, read_row.place
        ) AS kept_place
    FROM pg_temp.read_rows AS read_row
),

numbered AS (
    SELECT
        *,
        id IS NOT NULL AND is_kept AND row_number() OVER (PARTITION BY is_kept, id ORDER BY place) = 1 AS has_own_id
    FROM ranked
    ORDER BY rank DESC NULLS LAST, place
)

SELECT
    place,
    kept_place,
    old_row,
    old_id,
    new_values,
    is_kept,
    CASE
        WHEN has_own_id THEN id
        WHEN is_kept THEN nextval(%(sequence)s::regclass)
    END AS new_id,
    defaults || jsonb_strip_nulls(new_values) AS new_row,
    CASE WHEN NOT is_kept THEN coalesce(reason, same) END AS reason,
    %(sequence)s::text IS NOT NULL AND is_kept AND old_id IS NOT NULL AND NOT has_own_id AS is_renumbered
FROM numbered;

-- An id that is that of several rows that are kept says of none which one a reference means.
INSERT INTO pg_temp.adopted_ids (table_name, old_id, id)
SELECT
    %(table_name)s AS table_name,
    named.old_id,
    min(named.id) AS id
FROM (
    SELECT
        judged.old_id,
        coalesce((kept.new_row ->> 'emag_id')::bigint, kept.new_id) AS id
    FROM pg_temp.judged_rows AS judged
    INNER JOIN pg_temp.judged_rows AS kept ON judged.kept_place = kept.place
    WHERE kept.is_kept AND judged.old_id IS NOT NULL
) AS named
GROUP BY named.old_id
HAVING count(DISTINCT named.id) = 1;

INSERT INTO before_adoption.quarantined_rows (table_name, row_number, is_kept, old_row, reason)
SELECT
    %(table_name)s AS table_name,
    judged.place AS row_number,
    FALSE AS is_kept,
    judged.old_row,
    judged.reason
FROM pg_temp.judged_rows AS judged
WHERE NOT judged.is_kept
UNION ALL
SELECT
    %(table_name)s AS table_name,
    judged.place AS row_number,
    TRUE AS is_kept,
    pg_temp.only(judged.old_row, found.names) AS old_row,
    found.reason
FROM pg_temp.judged_rows AS judged
CROSS JOIN
    LATERAL (
        VALUES
        (pg_temp.lost(judged.old_row, judged.new_values), 'these values are not possible'),
        (pg_temp.changed(judged.old_row, judged.new_values), 'these values are others in the new row')
    ) AS found (names, reason)
WHERE judged.is_kept AND found.names <> '{}'
UNION ALL
SELECT
    %(table_name)s AS table_name,
    judged.place AS row_number,
    TRUE AS is_kept,
    pg_temp.only(judged.old_row, '{id}') AS old_row,
    'it has a new id: this one is another row''s too, or no whole number from 1 to 999999999' AS reason
FROM pg_temp.judged_rows AS judged
WHERE judged.is_renumbered;
