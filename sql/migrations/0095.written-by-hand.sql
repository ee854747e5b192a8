-- depends: 0094.rows-that-say-the-rest
-- Who writes an offer by hand makes the stored hash of its content a lie: the next sync took its row for unchanged, and
-- left what was written, or an offer that was deleted without its product, until eMAG's own values changed.

CREATE OR REPLACE FUNCTION app.write_contents() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$
DECLARE
    given text := (
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = format('app.%I', TG_ARGV[0])::regclass
            AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    );
BEGIN
    IF TG_OP = 'DELETE' THEN
        EXECUTE format(
            'DELETE FROM app.%1$I WHERE account_type = ($1).account_type AND %2$I = ($1).%2$I', TG_ARGV[0], TG_ARGV[1]
        ) USING OLD;
    ELSIF TG_OP = 'INSERT' THEN
        EXECUTE format('INSERT INTO app.%1$I (%2$s) SELECT %2$s FROM (SELECT ($1).*) AS given', TG_ARGV[0], given)
        USING NEW;
    ELSE
        EXECUTE format(
            'UPDATE app.%1$I SET (%3$s) = (SELECT %3$s FROM (SELECT ($1).*) AS given)'
            ' WHERE account_type = ($2).account_type AND %2$I = ($2).%2$I', TG_ARGV[0], TG_ARGV[1], given
        ) USING NEW, OLD;
    END IF;
    IF TG_ARGV[1] = 'emag_id' THEN
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        ELSIF TG_OP = 'UPDATE' THEN
            UPDATE app.emag_product_contents AS product
            SET content_hash = ''
            WHERE product.account_type = NEW.account_type AND product.emag_id = NEW.emag_id;
        END IF;
        INSERT INTO app.emag_offers_seen AS seen (
            account_type, emag_id, last_sync_id, received_sync_id, last_synced_at, last_stored_at
        ) VALUES (
            NEW.account_type, NEW.emag_id, NEW.last_sync_id, NEW.received_sync_id, NEW.last_synced_at, NEW.last_synced_at
        )
        ON CONFLICT (account_type, emag_id) DO UPDATE SET
            raw_hash = NULL,
            last_sync_id = excluded.last_sync_id,
            received_sync_id = excluded.received_sync_id,
            last_synced_at = excluded.last_synced_at;
        RETURN NEW;
    END IF;
    UPDATE app.emag_product_contents AS product
    SET content_hash = ''
    WHERE
        (product.account_type, product.emag_id) = (
            coalesce(NEW.account_type, OLD.account_type), coalesce(NEW.emag_offer_id, OLD.emag_offer_id)
        );
    UPDATE app.emag_offers_seen AS seen
    SET raw_hash = NULL, last_stored_at = coalesce(NEW.last_synced_at, seen.last_stored_at)
    WHERE
        (seen.account_type, seen.emag_id) = (
            coalesce(NEW.account_type, OLD.account_type), coalesce(NEW.emag_offer_id, OLD.emag_offer_id)
        );
    RETURN coalesce(NEW, OLD);
END $$;
COMMENT ON FUNCTION app.write_contents() IS
'Trigger of emag_products_v2 and emag_product_offers_v2: writes to the tables behind them, and lets the next sync read'
' the row whatever its bytes are, and store it whatever was stored';
