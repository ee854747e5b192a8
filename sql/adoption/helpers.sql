-- What an old value says; null where it says nothing, or what no column of ours takes. All of it ends with the
-- transaction or the session. No parameters.

-- How rows are called in references of other tables: a row that is not kept beside its double has the double's id.
CREATE TEMP TABLE adopted_ids (table_name text, old_id text, id bigint, PRIMARY KEY (table_name, old_id))
ON COMMIT DROP;

CREATE OR REPLACE FUNCTION pg_temp.said(value text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN nullif(btrim(value, E' \t\r\n'), '');

CREATE OR REPLACE FUNCTION pg_temp.whole(value text) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN value ~ '^\s*[+-]?\d{1,18}(\.0*)?\s*$' THEN value::numeric::bigint END;

-- Small ids stay: the identity columns begin at 1000000000.
CREATE OR REPLACE FUNCTION pg_temp.number(value text) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN pg_temp.whole(value) BETWEEN 1 AND 999999999 THEN pg_temp.whole(value) END;

CREATE OR REPLACE FUNCTION pg_temp.small(value text) RETURNS integer
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN pg_temp.whole(value) BETWEEN 0 AND 2147483647 THEN pg_temp.whole(value) END;

CREATE OR REPLACE FUNCTION pg_temp.amount(value text) RETURNS numeric
LANGUAGE sql IMMUTABLE
RETURN CASE
    WHEN value ~* '^\s*[+-]?\d{1,40}(\.\d{0,100})?(e[+-]?\d{1,2})?\s*$' THEN round(value::numeric, 4)
END;

CREATE OR REPLACE FUNCTION pg_temp.flag(value text) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN CASE
    WHEN lower(value) IN ('true', 't', 'yes', '1', 'active') THEN TRUE
    WHEN lower(value) IN ('false', 'f', 'no', '0', 'inactive') THEN FALSE
END;

CREATE OR REPLACE FUNCTION pg_temp.account(value text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN lower(pg_temp.said(value));

CREATE OR REPLACE FUNCTION pg_temp.moment(value text, zone text) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF value ~ '^\s*\d{4}-\d\d-\d\d.*\d:\d\d.*(Z|[+-]\d\d(:?\d\d){0,2})\s*$' THEN
        RETURN app.sound_time(value::timestamptz);
    ELSIF value ~ '^\s*\d{4}-\d\d-\d\d([T ]\s*[\d:.]*)?\s*$' THEN
        RETURN app.sound_time(value::timestamp AT TIME ZONE zone);
    END IF;
    RETURN NULL; -- such as a zone's name, which a timestamp would drop without a word
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;

-- A day without an offset is the day that was written.
CREATE OR REPLACE FUNCTION pg_temp.day(value text) RETURNS date
LANGUAGE sql STABLE
RETURN app.sound_day((pg_temp.moment(value, 'Europe/Bucharest') AT TIME ZONE 'Europe/Bucharest')::date);

CREATE OR REPLACE FUNCTION pg_temp.state(status text, is_active text) RETURNS smallint
LANGUAGE sql IMMUTABLE
RETURN CASE
    WHEN lower(pg_temp.said(status)) IN ('1', 'active') THEN 1
    WHEN lower(pg_temp.said(status)) IN ('2', 'end_of_life', 'eol') THEN 2
    WHEN lower(pg_temp.said(status)) IN ('0', 'inactive') THEN 0
    WHEN pg_temp.said(status) IS NULL AND pg_temp.flag(is_active) THEN 1
    WHEN pg_temp.said(status) IS NULL THEN 0
END;

-- The names of columns that say something, and of which nothing was kept.
CREATE OR REPLACE FUNCTION pg_temp.lost(old_row jsonb, kept jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE
RETURN (
    SELECT coalesce(array_agg(each.key ORDER BY each.key), '{}')
    FROM jsonb_each(kept) AS each
    WHERE each.value = 'null' AND pg_temp.said(old_row ->> each.key) IS NOT NULL
);

-- The names of columns that say something else in the new row; times are left out, of which only the zone can differ.
CREATE OR REPLACE FUNCTION pg_temp.changed(old_row jsonb, kept jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE
RETURN (
    WITH told AS (
        SELECT
            each.key,
            pg_temp.said(old_row ->> each.key) AS said,
            btrim(each.value) AS kept
        FROM jsonb_each_text(kept) AS each
    )

    SELECT coalesce(array_agg(told.key ORDER BY told.key), '{}')
    FROM told
    WHERE
        lower(told.said) <> lower(told.kept)
        AND (pg_temp.amount(told.said) = pg_temp.amount(told.kept)) IS NOT TRUE
        AND (pg_temp.flag(told.said) = pg_temp.flag(told.kept)) IS NOT TRUE
        AND told.said !~ '^\d{4}-\d\d-\d\d'
        AND (pg_temp.amount(told.said) IS NOT NULL OR position(told.said IN told.kept) = 0)
);

CREATE OR REPLACE FUNCTION pg_temp.only(old_row jsonb, names text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN (SELECT jsonb_object_agg(each.key, each.value) FROM jsonb_each(old_row) AS each WHERE each.key = any(names));

-- The row that an old reference means: its double's, where only that one was kept.
CREATE OR REPLACE FUNCTION pg_temp.known(of_table text, named text) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT adopted.id
    FROM pg_temp.adopted_ids AS adopted
    WHERE adopted.table_name = of_table AND adopted.old_id = pg_temp.said(named)
$$;

-- A value of the type json, which takes characters that jsonb refuses: then its text.
CREATE FUNCTION pg_temp.parsed(value json) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN value::jsonb;
EXCEPTION WHEN data_exception THEN
    RETURN to_jsonb(value::text);
END $$;
