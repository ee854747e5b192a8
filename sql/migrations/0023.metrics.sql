-- depends: 0022.backups
-- What the metrics count: the classes of answers and the speed limit of each sync, and what deleted rows had counted.

ALTER TABLE app.emag_sync_logs
ADD COLUMN answers jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(answers) = 'object'),
ADD COLUMN requests_per_minute integer CHECK (requests_per_minute > 0);
COMMENT ON COLUMN app.emag_sync_logs.answers IS
'How many of its requests ended in which way: ok, throttled (429), refused (credentials, address), client_error,'
' server_error, malformed, slow (no answer in time), connection (broken), interrupted; together api_requests_made.'
' Empty: of before version 0023, or closed by another process';
COMMENT ON COLUMN app.emag_sync_logs.requests_per_minute IS
'The speed limit that the sync kept; null: of before version 0023, or closed by another process';

CREATE TABLE app.metric_totals (
    name text NOT NULL,
    labels jsonb NOT NULL CHECK (jsonb_typeof(labels) = 'object'),
    value numeric NOT NULL CHECK (value >= 0),
    PRIMARY KEY (name, labels)
);
COMMENT ON TABLE app.metric_totals IS
'What the rows had counted that retention deleted: counters of the view metrics go on from here, and never fall';
COMMENT ON COLUMN app.metric_totals.name IS 'Counter, such as magflow_syncs_total';
COMMENT ON COLUMN app.metric_totals.labels IS 'Its labels, texts by name';
COMMENT ON COLUMN app.metric_totals.value IS 'The sum of what is deleted';

-- app.counters is in sql/views/telemetry.sql, so that the view and this trigger count alike.
CREATE FUNCTION app.keep_counted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path TO 'app', 'pg_temp'
AS $$
BEGIN
    INSERT INTO app.metric_totals AS total (name, labels, value)
    SELECT counted.name, counted.labels, counted.value FROM app.counters(TG_TABLE_NAME, OLD.id) AS counted
    ON CONFLICT (name, labels) DO UPDATE SET value = total.value + excluded.value;
    RETURN OLD;
END $$;
COMMENT ON FUNCTION app.keep_counted() IS
'Trigger of a row that is deleted: what it had counted stays in metric_totals';
REVOKE EXECUTE ON FUNCTION app.keep_counted() FROM public;

CREATE TRIGGER counted BEFORE DELETE ON app.emag_sync_logs
FOR EACH ROW EXECUTE FUNCTION app.keep_counted();
CREATE TRIGGER counted BEFORE DELETE ON app.alert_deliveries
FOR EACH ROW EXECUTE FUNCTION app.keep_counted();
