-- depends: 0080.room-for-updates
-- A row that came again is recognised in emag_offers_seen alone: a hash is there only while an equal row says nothing
-- new. Looking it up in the wide rows too, a sync that changed nothing wrote each of their pages to the log (hint bits,
-- with checksums), and took twice the time.

CREATE FUNCTION app.forget_raw_hash() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$
BEGIN
    UPDATE app.emag_offers_seen
    SET raw_hash = NULL
    WHERE account_type = new.account_type AND emag_id = new.emag_id AND raw_hash IS NOT NULL;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION app.forget_raw_hash() IS
'Trigger of an offer that is taken for gone, for more than a bound, or could not be stored: lets the next sync read its'
' row whatever its bytes are';
REVOKE EXECUTE ON FUNCTION app.forget_raw_hash() FROM public;

CREATE TRIGGER unsettled AFTER UPDATE ON app.emag_product_contents
FOR EACH ROW WHEN (new.removed_at IS NOT NULL OR new.stock_above IS NOT NULL OR new.sync_status <> 'synced')
EXECUTE FUNCTION app.forget_raw_hash();

UPDATE app.emag_offers_seen AS seen
SET raw_hash = NULL
FROM app.emag_product_contents AS product
WHERE
    product.account_type = seen.account_type
    AND product.emag_id = seen.emag_id
    AND seen.raw_hash IS NOT NULL
    AND (product.removed_at IS NOT NULL OR product.stock_above IS NOT NULL OR product.sync_status <> 'synced');

COMMENT ON COLUMN app.emag_offers_seen.raw_hash IS
'Hash of the row as eMAG sent it last, and of the code that read it (BLAKE2b, 16 bytes): a row with the same one says'
' nothing new, and another version of the code reads every row once. Null: the next row is read whatever it is, because'
' the last one could not be stored or came before there were hashes, the offer is taken for gone or for more than a'
' bound, or something was changed by hand';
