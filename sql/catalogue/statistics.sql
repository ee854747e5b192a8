-- With statistics from when a table was almost empty the planner expects one row: nested loops over all of it, hours
-- for a big catalogue. Autovacuum analyses within minutes, but the report is built in the next second.
DO $$
DECLARE
    known record;
    live bigint;
BEGIN
    SET LOCAL lock_timeout = '2s';
    FOR known IN
        SELECT oid::regclass AS name, reltuples FROM pg_class
        WHERE oid IN (
            'app.emag_product_contents'::regclass, 'app.emag_offer_contents'::regclass,
            'app.emag_offers_seen'::regclass, 'app.products'::regclass, 'app.inventory_items'::regclass
        )
    LOOP
        EXECUTE format('SELECT count(*) FROM %s', known.name) INTO live;
        IF live > 2 * greatest(known.reltuples, 0) + 1000 THEN
            EXECUTE format('ANALYZE %s', known.name);
        END IF;
    END LOOP;
EXCEPTION WHEN lock_not_available THEN
    RAISE NOTICE 'statistics are left as they are: somebody is working on the table';
END $$;
