-- depends: 0023.metrics
-- What statistics need and logs and report do not keep: syncs whose logs were deleted, items per status and day, and
-- the changes of an item's status.

CREATE TABLE app.past_syncs (
    id bigint PRIMARY KEY,
    sync_type text NOT NULL,
    account_type text NOT NULL,
    operation text NOT NULL,
    status text NOT NULL,
    started_at timestamptz NOT NULL,
    completed_at timestamptz NOT NULL,
    processed_items integer NOT NULL,
    created_items integer NOT NULL,
    updated_items integer NOT NULL,
    removed_items integer NOT NULL,
    failed_items integer NOT NULL,
    api_requests_made integer NOT NULL,
    rate_limit_hits integer NOT NULL
);
CREATE INDEX past_syncs_started ON app.past_syncs (started_at);
COMMENT ON TABLE app.past_syncs IS
'The numbers of ended syncs whose logs are past their retention: a month has more days than logs are kept. Read'
' ended_syncs, which has both';
COMMENT ON COLUMN app.past_syncs.id IS 'Number of the sync, as it was in emag_sync_logs';
COMMENT ON COLUMN app.past_syncs.sync_type IS 'What was read: products is the catalogue with its offers';
COMMENT ON COLUMN app.past_syncs.account_type IS 'Account, lower case, such as main or fbe';
COMMENT ON COLUMN app.past_syncs.operation IS 'Mode: full, incremental or selective';
COMMENT ON COLUMN app.past_syncs.status IS 'completed, partial or failed';
COMMENT ON COLUMN app.past_syncs.started_at IS 'Start, UTC';
COMMENT ON COLUMN app.past_syncs.completed_at IS 'End, UTC';
COMMENT ON COLUMN app.past_syncs.processed_items IS 'Rows received';
COMMENT ON COLUMN app.past_syncs.created_items IS 'Offers seen for the first time';
COMMENT ON COLUMN app.past_syncs.updated_items IS 'Offers whose content changed';
COMMENT ON COLUMN app.past_syncs.removed_items IS 'Offers concluded to be gone';
COMMENT ON COLUMN app.past_syncs.failed_items IS 'Rows that could not be stored';
COMMENT ON COLUMN app.past_syncs.api_requests_made IS 'Requests sent, refused and repeated ones included';
COMMENT ON COLUMN app.past_syncs.rate_limit_hits IS 'Answers 429 received';
CREATE INDEX emag_sync_logs_started ON app.emag_sync_logs (started_at);

CREATE TABLE app.item_days (
    account_type text NOT NULL,
    day date NOT NULL,
    status text NOT NULL,
    items bigint NOT NULL CHECK (items >= 0),
    PRIMARY KEY (account_type, day, status)
);
COMMENT ON TABLE app.item_days IS
'Items of the low-stock report per account, Bucharest day and status, as of the last build of the day. items_by_day has'
' a row per day';
COMMENT ON COLUMN app.item_days.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.item_days.day IS 'Day in Europe/Bucharest';
COMMENT ON COLUMN app.item_days.status IS 'out_of_stock, critical, low_stock, in_stock or overstock';
COMMENT ON COLUMN app.item_days.items IS 'Items with that status';

CREATE TABLE app.item_status_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_type text NOT NULL,
    sku text NOT NULL,
    status_before text,
    status_after text,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CHECK (status_before IS DISTINCT FROM status_after)
);
CREATE INDEX item_status_changes_changed ON app.item_status_changes (changed_at);
COMMENT ON TABLE app.item_status_changes IS
'Each change of an item''s status in the low-stock report; and items that came into the report, or left it, while'
' out of stock or critical. status_movements says what a day, week or month came to';
COMMENT ON COLUMN app.item_status_changes.id IS 'Number of the change: changes of an item in their order';
COMMENT ON COLUMN app.item_status_changes.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.item_status_changes.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.item_status_changes.status_before IS 'Status until then; null: it was not in the report';
COMMENT ON COLUMN app.item_status_changes.status_after IS 'Status from then on; null: it left the report';
COMMENT ON COLUMN app.item_status_changes.changed_at IS 'When the build that saw it began, UTC';

CREATE FUNCTION app.note_status_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$
BEGIN
    INSERT INTO app.item_status_changes (account_type, sku, status_before, status_after)
    VALUES (
        coalesce(NEW.account_type, OLD.account_type), coalesce(NEW.sku, OLD.sku), OLD.status, NEW.status
    );
    RETURN NULL;
END $$;
COMMENT ON FUNCTION app.note_status_change() IS 'Trigger: notes that the status of an item of the report has changed';
REVOKE EXECUTE ON FUNCTION app.note_status_change() FROM public;

-- Per row with a condition: a statement's transition table would hold every row of a sync, whose times all change.
CREATE TRIGGER status_changed AFTER UPDATE OF status ON app.low_stock_report
FOR EACH ROW WHEN (old.status IS DISTINCT FROM new.status)
EXECUTE FUNCTION app.note_status_change();
CREATE TRIGGER status_begun AFTER INSERT ON app.low_stock_report
FOR EACH ROW WHEN (new.status IN ('out_of_stock', 'critical'))
EXECUTE FUNCTION app.note_status_change();
CREATE TRIGGER status_ended AFTER DELETE ON app.low_stock_report
FOR EACH ROW WHEN (old.status IN ('out_of_stock', 'critical'))
EXECUTE FUNCTION app.note_status_change();
