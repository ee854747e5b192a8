-- With statistics from when a table was almost empty the planner expects one row: nested loops over all of it, hours
-- for a big catalogue. Autovacuum analyses within minutes, but what is built on the table reads it in the next second.
-- Pages are compared, since they are known without reading the table. Only columns of indexes, by which tables are
-- joined: in a wide table the others take longer than the build, and autovacuum, which such an ANALYZE does not count
-- for, still sees to them.
CREATE OR REPLACE FUNCTION app.analyze_grown(VARIADIC names regclass[]) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER -- only its owner may analyse a table
SET search_path = pg_catalog, pg_temp
SET client_min_messages = error -- nobody need hear that a table is left to who analyses it just now
AS $$
DECLARE
    name regclass;
BEGIN
    FOREACH name IN ARRAY names LOOP
        IF (
            SELECT pg_relation_size(oid) > (2 * relpages + 8) * current_setting('block_size')::bigint
            FROM pg_class WHERE oid = name AND relnamespace = 'app'::regnamespace
        ) THEN
            EXECUTE format(
                'ANALYZE (SKIP_LOCKED) %s %s',
                name,
                (
                    SELECT '(' || string_agg(DISTINCT quote_ident(attribute.attname), ', ') || ')'
                    FROM pg_index AS index
                    INNER JOIN pg_attribute AS attribute
                        ON index.indrelid = attribute.attrelid AND attribute.attnum = any(index.indkey)
                    WHERE index.indrelid = name
                )
            );
        END IF;
    END LOOP;
END $$;
COMMENT ON FUNCTION app.analyze_grown(regclass[]) IS
'Analyses the tables that have doubled since somebody analysed them, and leaves those that are locked';
REVOKE EXECUTE ON FUNCTION app.analyze_grown(regclass[]) FROM public;
