-- The schema that holds everything, and the search path that lets people write names without it.

CREATE SCHEMA IF NOT EXISTS app;
COMMENT ON SCHEMA app IS 'MagFlow: offers, inventory, suppliers and the low-stock report of one eMAG seller';

CREATE SCHEMA IF NOT EXISTS limits;
COMMENT ON SCHEMA limits IS 'Permits to send requests, counted over all processes; PyrateLimiter makes its tables here';

-- Tables that the ERP and people also write begin their own numbers at 1000000000: rows that come with small ids of
-- their own never meet ours.

-- The same supplier: equal names after trimming, case folding and collapsing white space (domain.md 9).
CREATE FUNCTION app.normalized_name(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN lower(btrim(regexp_replace(name, '[\s\u00a0]+', ' ', 'g')));
COMMENT ON FUNCTION app.normalized_name(text) IS
'A name as it is compared: trimmed, lower case, runs of white space as one space';

-- Whoever opens a session on this database reads app first. Without the right to say so for the database,
-- it is said for the user who migrates.
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path TO app, public', current_database());
EXCEPTION WHEN insufficient_privilege THEN
    EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET search_path TO app, public', current_database());
END $$;
