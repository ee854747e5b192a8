-- The tables of permits are made as they are needed, one of each user of a marketplace, by the pipeline, which may make
-- none itself. Table and index are those of PyrateLimiter's PostgresBucket.
CREATE OR REPLACE FUNCTION limits.make_table(name text) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF name !~ '^[a-z0-9_]{1,40}$' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'a name of permits has 1 to 40 small letters, digits and _';
    END IF;
    IF to_regclass(format('limits.ratelimit___%s', name)) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('magflow: limits ' || name, 0));
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS limits.%I (name varchar, weight smallint, item_timestamp timestamp)',
            'ratelimit___' || name
        );
        EXECUTE format(
            'CREATE INDEX IF NOT EXISTS %I ON limits.%I (item_timestamp)', 'timestampindex_' || name, 'ratelimit___' || name
        );
    END IF;
END $$;
COMMENT ON FUNCTION limits.make_table(text) IS 'Makes the table of permits of this name, where it is missing';
REVOKE EXECUTE ON FUNCTION limits.make_table(text) FROM public;
