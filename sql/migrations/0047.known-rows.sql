-- depends: 0046.plan-that-sees-closures
-- A row of the marketplace whose bytes are those of the last reading is known before it is parsed, and to mark it as
-- seen costs a narrow row: the wide ones are written only when something in them changed. People go on reading
-- emag_products_v2 and emag_product_offers_v2, which are views of the contents with the times at which they were read.

ALTER TABLE app.emag_products_v2 RENAME TO emag_product_contents;
ALTER TABLE app.emag_product_offers_v2 RENAME TO emag_offer_contents;

CREATE TABLE app.emag_offers_seen (
    account_type text NOT NULL,
    emag_id bigint NOT NULL,
    raw_hash bytea,
    last_sync_id bigint,
    received_sync_id bigint,
    last_synced_at timestamptz NOT NULL,
    last_stored_at timestamptz NOT NULL
) WITH (fillfactor = 45); -- each sync writes each row anew: room for that on the same page

INSERT INTO app.emag_offers_seen (
    account_type, emag_id, last_sync_id, received_sync_id, last_synced_at, last_stored_at
)
SELECT
    product.account_type,
    product.emag_id,
    product.last_sync_id,
    product.received_sync_id,
    product.last_synced_at,
    coalesce(offer.last_synced_at, product.last_synced_at) AS last_stored_at
FROM app.emag_product_contents AS product
LEFT JOIN app.emag_offer_contents AS offer
    ON product.account_type = offer.account_type AND product.emag_id = offer.emag_offer_id;

ALTER TABLE app.emag_offers_seen
ADD PRIMARY KEY (account_type, emag_id),
ADD FOREIGN KEY (account_type, emag_id) REFERENCES app.emag_product_contents (account_type, emag_id)
ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE;
ANALYZE app.emag_offers_seen;

COMMENT ON TABLE app.emag_offers_seen IS
'One row per account and eMAG offer id: when it was read, and what its row was then. Each sync writes all of them, so'
' they are narrow; people read these times in emag_products_v2 and emag_product_offers_v2';
COMMENT ON COLUMN app.emag_offers_seen.account_type IS 'Account, lower case, such as main or fbe';
COMMENT ON COLUMN app.emag_offers_seen.emag_id IS 'Seller''s offer id (emag_product_contents.emag_id)';
COMMENT ON COLUMN app.emag_offers_seen.raw_hash IS
'Hash of the row as eMAG sent it last, and of the code that read it (BLAKE2b, 16 bytes): a row with the same one says'
' nothing new, and another version of the code reads every row once. Null: the next row is read whatever it is, because'
' the last one could not be stored or came before there were hashes, or something was changed by hand';
COMMENT ON COLUMN app.emag_offers_seen.last_sync_id IS
'The sync that last saw the offer, in its last reading where it read twice (emag_sync_logs.id)';
COMMENT ON COLUMN app.emag_offers_seen.received_sync_id IS
'A sync that received the offer and then read once more and did not: it has not seen the offer, and does not count as'
' one of the two that did not. Null: there was none';
COMMENT ON COLUMN app.emag_offers_seen.last_synced_at IS 'Last seen, UTC';
COMMENT ON COLUMN app.emag_offers_seen.last_stored_at IS
'Last seen with a row that could be stored, UTC: how old stock and price are';

CREATE VIEW app.emag_products_v2 AS
SELECT
    product.account_type,
    product.emag_id,
    product.sku,
    product.part_number_key,
    product.name,
    product.brand,
    product.category_id,
    product.description,
    product.url,
    product.images,
    product.characteristics,
    product.ean,
    product.price,
    product.currency,
    product.vat_id,
    product.warranty,
    product.stock_quantity,
    product.general_stock,
    product.estimated_stock,
    product.status,
    product.ownership,
    product.validation_status,
    product.translation_validation_status,
    product.offer_validation_status,
    product.validation_errors,
    product.family_id,
    product.family_name,
    product.family_type_id,
    product.genius_eligibility,
    product.genius_eligibility_type,
    product.genius_computed,
    product.notes,
    product.content_hash,
    product.sync_status,
    product.sync_error,
    seen.last_sync_id,
    product.created_at,
    product.updated_at,
    seen.last_synced_at,
    product.removed_at,
    product.is_active,
    product.stock_above,
    product.stock_above_since,
    product.stock_asked_at,
    seen.received_sync_id
FROM app.emag_product_contents AS product
-- Outer: the planner leaves it out where nobody asks for its columns.
LEFT JOIN app.emag_offers_seen AS seen
    ON product.account_type = seen.account_type AND product.emag_id = seen.emag_id;

CREATE VIEW app.emag_product_offers_v2 AS
SELECT
    offer.account_type,
    offer.emag_offer_id,
    offer.sku,
    offer.price,
    offer.original_price,
    offer.sale_price,
    offer.min_sale_price,
    offer.max_sale_price,
    offer.recommended_price,
    offer.currency,
    offer.vat_id,
    offer.stock,
    offer.reserved_stock,
    offer.available_stock,
    offer.handling_time,
    offer.status,
    offer.offer_validation_status,
    offer.visibility,
    offer.is_available,
    offer.sync_attempts,
    offer.created_at,
    offer.updated_at,
    seen.last_stored_at AS last_synced_at
FROM app.emag_offer_contents AS offer
LEFT JOIN app.emag_offers_seen AS seen
    ON offer.account_type = seen.account_type AND offer.emag_offer_id = seen.emag_id;

-- What was said of the tables, and who might do what with them, goes on to the views of their names.
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN
        SELECT part.view_name, attribute.attname, col_description(part.contents, attribute.attnum) AS said
        FROM (VALUES
            ('emag_products_v2', 'app.emag_product_contents'::regclass),
            ('emag_product_offers_v2', 'app.emag_offer_contents'::regclass)
        ) AS part (view_name, contents)
        INNER JOIN pg_attribute AS attribute ON attribute.attrelid = part.contents
        WHERE attribute.attnum > 0 AND NOT attribute.attisdropped
        UNION ALL
        SELECT part.view_name, NULL, obj_description(part.contents, 'pg_class')
        FROM (VALUES
            ('emag_products_v2', 'app.emag_product_contents'::regclass),
            ('emag_product_offers_v2', 'app.emag_offer_contents'::regclass)
        ) AS part (view_name, contents)
    LOOP
        IF each.attname IS NULL THEN
            EXECUTE format('COMMENT ON VIEW app.%I IS %L', each.view_name, each.said);
        ELSE
            EXECUTE format('COMMENT ON COLUMN app.%I.%I IS %L', each.view_name, each.attname, each.said);
        END IF;
    END LOOP;
    FOR each IN
        SELECT
            part.view_name,
            acl.privilege_type,
            acl.is_grantable,
            NULL AS attname,
            CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END AS grantee
        FROM pg_class AS relation
        INNER JOIN (VALUES
            ('emag_products_v2', 'app.emag_product_contents'::regclass),
            ('emag_product_offers_v2', 'app.emag_offer_contents'::regclass)
        ) AS part (view_name, contents) ON part.contents = relation.oid
        CROSS JOIN aclexplode(relation.relacl) AS acl
        WHERE acl.grantee <> relation.relowner AND acl.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
        UNION ALL
        SELECT
            part.view_name,
            acl.privilege_type,
            acl.is_grantable,
            attribute.attname,
            CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END
        FROM pg_attribute AS attribute
        INNER JOIN (VALUES
            ('emag_products_v2', 'app.emag_product_contents'::regclass),
            ('emag_product_offers_v2', 'app.emag_offer_contents'::regclass)
        ) AS part (view_name, contents) ON part.contents = attribute.attrelid
        CROSS JOIN aclexplode(attribute.attacl) AS acl
        WHERE acl.privilege_type IN ('SELECT', 'INSERT', 'UPDATE')
    LOOP
        EXECUTE format(
            'GRANT %s %s ON app.%I TO %s%s',
            each.privilege_type,
            CASE WHEN each.attname IS NULL THEN '' ELSE format('(%I)', each.attname) END,
            each.view_name,
            each.grantee,
            CASE WHEN each.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
        );
    END LOOP;
END $$;

COMMENT ON TABLE app.emag_product_contents IS
'What emag_products_v2 shows, without when it was read: a sync writes the row when something in it changed';
COMMENT ON TABLE app.emag_offer_contents IS
'What emag_product_offers_v2 shows, without when it was read: a sync writes the row when something in it changed';

ALTER VIEW app.emag_products_v2 ALTER COLUMN images SET DEFAULT '[]';
ALTER VIEW app.emag_products_v2 ALTER COLUMN characteristics SET DEFAULT '[]';
ALTER VIEW app.emag_products_v2 ALTER COLUMN ean SET DEFAULT '{}';
ALTER VIEW app.emag_products_v2 ALTER COLUMN validation_status SET DEFAULT '{}';
ALTER VIEW app.emag_products_v2 ALTER COLUMN translation_validation_status SET DEFAULT '{}';
ALTER VIEW app.emag_products_v2 ALTER COLUMN notes SET DEFAULT '{}';
ALTER VIEW app.emag_products_v2 ALTER COLUMN sync_status SET DEFAULT 'synced';
ALTER VIEW app.emag_product_offers_v2 ALTER COLUMN sync_attempts SET DEFAULT 0;

-- Who writes the views writes contents and times. Arguments: the table of the contents, and its key.
CREATE FUNCTION app.write_contents() RETURNS trigger
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
        RETURN OLD;
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
    ELSE
        UPDATE app.emag_offers_seen AS seen
        SET raw_hash = NULL, last_stored_at = coalesce(NEW.last_synced_at, seen.last_stored_at)
        WHERE seen.account_type = NEW.account_type AND seen.emag_id = NEW.emag_offer_id;
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION app.write_contents() IS
'Trigger of emag_products_v2 and emag_product_offers_v2: writes to the tables behind them, and lets the next sync read'
' the row whatever its bytes are';
REVOKE EXECUTE ON FUNCTION app.write_contents() FROM public;
CREATE TRIGGER written INSTEAD OF INSERT OR UPDATE OR DELETE ON app.emag_products_v2
FOR EACH ROW EXECUTE FUNCTION app.write_contents('emag_product_contents', 'emag_id');
CREATE TRIGGER written INSTEAD OF INSERT OR UPDATE OR DELETE ON app.emag_product_offers_v2
FOR EACH ROW EXECUTE FUNCTION app.write_contents('emag_offer_contents', 'emag_offer_id');

-- Views that were made on the tables are made on the views of their names.
CREATE OR REPLACE VIEW app.products_by_account AS
SELECT
    account_type,
    count(*) AS total_products,
    count(*) FILTER (WHERE is_active) AS active_products,
    count(*) FILTER (WHERE sync_status = 'synced') AS synced,
    count(*) FILTER (WHERE sync_status = 'error') AS errors,
    count(*) FILTER (
        WHERE (last_synced_at AT TIME ZONE 'Europe/Bucharest')::date = (now() AT TIME ZONE 'Europe/Bucharest')::date
    ) AS synced_today,
    min(created_at) AS first_product,
    max(last_synced_at) AS last_sync
FROM app.emag_products_v2
GROUP BY account_type;
DELETE FROM migrations.view_files
WHERE
    name IN (
        'sold_lines.sql', 'used_rates.sql', 'sync_status.sql', 'open_order_lines.sql', 'ordering_accounts.sql',
        'unused_prices.sql', 'weekly.sql'
    );

ALTER TABLE app.emag_product_contents
DROP COLUMN last_sync_id,
DROP COLUMN received_sync_id,
DROP COLUMN last_synced_at;
ALTER TABLE app.emag_offer_contents
DROP COLUMN last_synced_at;
