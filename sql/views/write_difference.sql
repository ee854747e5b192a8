-- Derived tables are written by difference: rows that a build does not change are not written, and keep the time at
-- which they last changed. Columns are taken from the catalog, so a new one is named in the table and in its query.
CREATE OR REPLACE FUNCTION app.write_difference(target regclass, query text) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    keys text;
    chosen text;
    conditions text;
    names text;
    built text;
    stored text;
    excluded text;
    stamp text;
    has_rows boolean;
    written bigint;
BEGIN
    SELECT
        string_agg(named.name, ', ') FILTER (WHERE named.is_key),
        string_agg(format('stored.%1$s = difference.%1$s', named.name), ' AND ') FILTER (WHERE named.is_key),
        string_agg(CASE WHEN named.is_key THEN '' ELSE 'built.' END || named.name, ', '),
        string_agg(named.name, ', '),
        string_agg('built.' || named.name, ', '),
        string_agg('stored.' || named.name, ', '),
        string_agg('excluded.' || named.name, ', ')
    INTO keys, conditions, chosen, names, built, stored, excluded
    FROM (
        SELECT
            quote_ident(attribute.attname) AS name,
            attribute.attnum = any(primary_key.indkey) AS is_key
        FROM pg_attribute AS attribute
        INNER JOIN pg_index AS primary_key ON attribute.attrelid = primary_key.indrelid AND primary_key.indisprimary
        WHERE
            attribute.attrelid = target
            AND attribute.attnum > 0
            AND NOT attribute.attisdropped
            AND attribute.attname NOT IN ('built_at', 'updated_at')
        ORDER BY attribute.attnum
    ) AS named;

    SELECT attribute.attname
    INTO stamp
    FROM pg_attribute AS attribute
    WHERE attribute.attrelid = target AND attribute.attname IN ('built_at', 'updated_at') AND NOT attribute.attisdropped;

    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', target) INTO has_rows;
    IF has_rows THEN
        -- Compared before ON CONFLICT, which would lock, and so write, unchanged rows too.
        EXECUTE format(
            $statement$
            WITH difference AS MATERIALIZED (
                SELECT %9$s, built IS NULL AS is_gone
                FROM (%8$s) AS built
                FULL JOIN %1$s AS stored USING (%2$s)
                WHERE (%4$s) IS DISTINCT FROM (%5$s)
            ),
            gone AS (DELETE FROM %1$s AS stored USING difference WHERE difference.is_gone AND %7$s)
            INSERT INTO %1$s (%3$s)
            SELECT %3$s FROM difference WHERE NOT is_gone ORDER BY %2$s
            ON CONFLICT (%2$s) DO UPDATE SET (%3$s, %10$I) = (%6$s, excluded.%10$I)
            $statement$,
            target, keys, names, built, stored, excluded, conditions, query, chosen, stamp
        );
    ELSE -- a first build: there is nothing to compare, and the rows are not kept beside the sort
        EXECUTE format(
            'INSERT INTO %1$s (%2$s) SELECT %2$s FROM (%3$s) AS built ORDER BY %4$s', target, names, query, keys
        );
    END IF;
    GET DIAGNOSTICS written = ROW_COUNT;
    PERFORM app.analyze_grown(target);
    RETURN written;
END $$;
COMMENT ON FUNCTION app.write_difference(regclass, text) IS
'Makes a table equal to a query that has its columns, by their names; built_at, or updated_at, is its own. Returns how'
' many rows were'
' inserted or updated';
