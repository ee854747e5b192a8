-- How rows of a file get into a table. Both functions take the columns from the catalog, so that a kind of file is a
-- description (imports/kinds.py) and no statement of its own.

-- The types of a table are applied when rows are written: until then each value is a text.
CREATE OR REPLACE FUNCTION app.begin_import(columns text[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format(
        'CREATE TEMPORARY TABLE incoming (%s, taken_away text[] NOT NULL) ON COMMIT DROP',
        (SELECT string_agg(format('%I text', name), ', ') FROM unnest(columns) AS name)
    );
END $$;
COMMENT ON FUNCTION app.begin_import(text[]) IS
'Makes the temporary table incoming for rows of a file: the columns as text, and taken_away, the names of those whose'
' stored value the file takes away';

-- Not ON CONFLICT: that would lock, and so write, unchanged rows too, and some keys are no unique index.
CREATE OR REPLACE FUNCTION app.write_import(
    target regclass, source text, keys text[], columns text[], import_id bigint, signed text, signed_by text
) RETURNS TABLE (created bigint, changed bigint, unchanged bigint)
LANGUAGE plpgsql
AS $$
DECLARE
    matched text;
    stored text;
    taken text;
    assigned text;
    names text;
    added text;
    has_import boolean;
    has_time boolean;
BEGIN
    SELECT
        string_agg(
            format(
                'stored.%1$I %3$s incoming.%1$I::%2$s', column_name, column_type,
                CASE WHEN is_required THEN '=' ELSE 'IS NOT DISTINCT FROM' END
            ), ' AND '
        ) FILTER (WHERE is_key),
        string_agg(format('stored.%I', column_name), ', ' ORDER BY place) FILTER (WHERE NOT is_key),
        string_agg(taken_value, ', ' ORDER BY place) FILTER (WHERE NOT is_key),
        string_agg(
            format('%I = %s', column_name, CASE
                WHEN column_name = 'updated_at' THEN 'coalesce(incoming.updated_at::timestamptz, now())'
                ELSE taken_value
            END), ', ' ORDER BY place
        ) FILTER (WHERE NOT is_key),
        string_agg(format('%I', column_name), ', ' ORDER BY place) FILTER (WHERE NOT is_generated),
        string_agg(
            format('coalesce(incoming.%I::%s, %s)', column_name, column_type, coalesce(usual, 'NULL')),
            ', ' ORDER BY place
        ) FILTER (WHERE NOT is_generated),
        bool_or(has_import_id),
        bool_or(has_updated_at)
    INTO matched, stored, taken, assigned, names, added, has_import, has_time
    FROM (
        SELECT
            attribute.attname AS column_name,
            format_type(attribute.atttypid, attribute.atttypmod) AS column_type,
            attribute.attnotnull AS is_required,
            attribute.attidentity <> '' AS is_generated,
            pg_get_expr(usual.adbin, usual.adrelid) AS usual,
            attribute.attnum AS place,
            attribute.attname = any(keys) AS is_key,
            format(
                'CASE WHEN %1$L = any(incoming.taken_away) THEN NULL ELSE coalesce(incoming.%1$I::%2$s, stored.%1$I) END',
                attribute.attname, format_type(attribute.atttypid, attribute.atttypmod)
            ) AS taken_value,
            EXISTS (
                SELECT FROM pg_attribute AS other WHERE other.attrelid = target AND other.attname = 'import_id'
            ) AS has_import_id,
            EXISTS (
                SELECT FROM pg_attribute AS other
                WHERE other.attrelid = target AND other.attname = 'updated_at' AND other.attname <> all(columns)
            ) AS has_updated_at
        FROM pg_attribute AS attribute
        LEFT JOIN pg_attrdef AS usual
            ON attribute.attrelid = usual.adrelid AND attribute.attnum = usual.adnum AND attribute.attgenerated = ''
        WHERE attribute.attrelid = target AND attribute.attname = any(keys || columns)
    ) AS named;

    EXECUTE format('ANALYZE %I', source);
    EXECUTE format(
        $statement$
        UPDATE %1$s AS stored
        SET %2$s
        FROM %3$I AS incoming
        WHERE %4$s AND (%5$s) IS DISTINCT FROM (%6$s)
        $statement$,
        target,
        -- updated_at of a table that does not know its imports may mean something else.
        assigned || CASE WHEN has_import THEN ', import_id = $1' ELSE '' END
        || CASE WHEN has_import AND has_time THEN ', updated_at = now()' ELSE '' END
        || CASE WHEN signed IS NULL THEN '' ELSE format(', %I = $2', signed) END,
        source, matched, stored, taken
    ) USING import_id, signed_by;
    GET DIAGNOSTICS changed = ROW_COUNT;
    EXECUTE format(
        $statement$
        INSERT INTO %1$s (%2$s)
        SELECT %3$s FROM %4$I AS incoming WHERE NOT EXISTS (SELECT FROM %1$s AS stored WHERE %5$s)
        $statement$,
        target,
        names || CASE WHEN has_import THEN ', import_id' ELSE '' END
        || CASE WHEN signed IS NULL THEN '' ELSE format(', %I', signed) END,
        added || CASE WHEN has_import THEN ', $1' ELSE '' END || CASE WHEN signed IS NULL THEN '' ELSE ', $2' END,
        source, matched
    ) USING import_id, signed_by;
    GET DIAGNOSTICS created = ROW_COUNT;
    EXECUTE format('SELECT count(*) - $1 FROM %I', source) INTO unchanged USING created + changed;
    RETURN NEXT;
END $$;
COMMENT ON FUNCTION app.write_import(regclass, text, text[], text[], bigint, text, text) IS
'Writes the rows of the temporary table source into a table by their keys, as far as they differ. A null leaves what is'
' stored, a name in taken_away makes it null, and a new row gets the defaults. Column signed is set to signed_by where'
' a row changes. Returns how many rows are new, how many changed, and how many were so already';
