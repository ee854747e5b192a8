-- depends: 0013.one-supplier
-- What a scan proves and what it does not, a stock that is known to be old, and why a log could not be closed.

ALTER TABLE app.emag_sync_logs
ADD COLUMN is_proven boolean NOT NULL DEFAULT FALSE,
ADD COLUMN unseen_items integer NOT NULL DEFAULT 0,
ADD COLUMN refused_items integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN app.emag_sync_logs.is_complete IS
'Every page of every status was read anew and the distinct offers agree with the counts before and after;'
' whether an earlier reading speaks for it too: is_proven';
COMMENT ON COLUMN app.emag_sync_logs.is_proven IS
'Complete, and held against the offers that an earlier whole reading knew: only such a sync can conclude that an offer'
' is gone. A first reading, where an offer that was skipped is not missed, is complete and not yet proven';
COMMENT ON COLUMN app.emag_sync_logs.unseen_items IS
'Offers that were received, and that a later reading of the same sync did not show: they do not count as seen';
COMMENT ON COLUMN app.emag_sync_logs.refused_items IS
'Known offers whose row could not be stored: their stock is that of their last good row';
COMMENT ON COLUMN app.emag_sync_logs.sync_type IS
'What was read: products is the catalogue with its offers. Syncs of two types have nothing to do with each other';

-- The first complete sync that is kept of an account is taken for the first there was.
UPDATE app.emag_sync_logs AS log
SET is_proven = TRUE
WHERE
    log.is_complete
    AND EXISTS (
        SELECT FROM app.emag_sync_logs AS earlier
        WHERE
            earlier.account_type = log.account_type
            AND earlier.sync_type = log.sync_type
            AND earlier.is_complete
            AND earlier.id < log.id
    );

-- A complete sync may be partial for what it held back, and now for a known offer that it could not store.
DO $$
DECLARE
    outdated text;
BEGIN
    SELECT conname INTO STRICT outdated
    FROM pg_constraint
    WHERE
        conrelid = 'app.emag_sync_logs'::regclass
        AND contype = 'c'
        AND pg_get_constraintdef(oid) LIKE '%held_back_items%';
    EXECUTE format('ALTER TABLE app.emag_sync_logs DROP CONSTRAINT %I', outdated);
END $$;
ALTER TABLE app.emag_sync_logs
ADD CONSTRAINT emag_sync_logs_complete_check CHECK (
    NOT is_complete OR status = 'completed' OR (status = 'partial' AND held_back_items + refused_items > 0)
),
ADD CONSTRAINT emag_sync_logs_proven_check CHECK (is_complete OR NOT is_proven);

ALTER TABLE app.emag_sync_progress ADD COLUMN unclosed_because text;
COMMENT ON COLUMN app.emag_sync_progress.unclosed_because IS
'How the sync ended, where that could not be written into its log: whoever closes the log says it';

ALTER TABLE app.emag_products_v2 ADD COLUMN received_sync_id bigint;
COMMENT ON COLUMN app.emag_products_v2.last_sync_id IS
'The sync that last saw the offer, in its last reading where it read twice (emag_sync_logs.id)';
COMMENT ON COLUMN app.emag_products_v2.received_sync_id IS
'A sync that received the offer and then read once more and did not: it has not seen the offer, and does not count as'
' one of the two that did not. Null: there was none';

ALTER TABLE app.low_stock_report ADD COLUMN stock_stale_since timestamptz;
COMMENT ON COLUMN app.low_stock_report.stock_stale_since IS
'When the stock was last read, UTC, where newer rows of the offer could not be stored; null: it is as new as the scan';
