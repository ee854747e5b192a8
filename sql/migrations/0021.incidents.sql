-- depends: 0020.what-is-stale
-- What is wrong as rows: since when, of what severity, and which messages went out about it.

CREATE TABLE app.incidents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    subject text NOT NULL DEFAULT '',
    severity text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    opened_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    first_error text,
    numbers jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(numbers) = 'object'),
    CHECK (closed_at >= opened_at)
);
CREATE UNIQUE INDEX incidents_open ON app.incidents (kind, subject) WHERE closed_at IS NULL;
CREATE INDEX incidents_opened ON app.incidents (opened_at);
COMMENT ON TABLE app.incidents IS
'What was or is wrong, a row from the time it was first seen until it was over. incidents_now says what is wrong now';
COMMENT ON COLUMN app.incidents.id IS 'Number of the incident';
COMMENT ON COLUMN app.incidents.kind IS 'What is wrong, such as sync_failed; its words are rows of incident_texts';
COMMENT ON COLUMN app.incidents.subject IS
'What it happened to: an account, a channel, a database; empty where there is only one';
COMMENT ON COLUMN app.incidents.severity IS 'info; warning: look at it today; critical: look at it now, also at night';
COMMENT ON COLUMN app.incidents.opened_at IS 'When it was first seen, UTC';
COMMENT ON COLUMN app.incidents.closed_at IS 'When it was seen to be over, UTC; null: open';
COMMENT ON COLUMN app.incidents.first_error IS 'The first error of it, as it was told then; null: none was told';
COMMENT ON COLUMN app.incidents.numbers IS 'The numbers in its words, as they are now, or were when it closed';

CREATE TABLE app.alert_deliveries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id uuid NOT NULL,
    channel text NOT NULL,
    what text NOT NULL CHECK (what IN ('opened', 'recovered', 'folded', 'digest', 'sync', 'heartbeat', 'test')),
    incident_ids bigint[] NOT NULL DEFAULT '{}',
    sync_id bigint,
    attempted_at timestamptz NOT NULL DEFAULT now(),
    delivered boolean NOT NULL,
    error text
);
CREATE INDEX alert_deliveries_attempted ON app.alert_deliveries (attempted_at);
CREATE INDEX alert_deliveries_channel ON app.alert_deliveries (channel, id);
CREATE INDEX alert_deliveries_sync ON app.alert_deliveries (sync_id) WHERE sync_id IS NOT NULL;
CREATE INDEX alert_deliveries_incidents ON app.alert_deliveries USING gin (incident_ids) WHERE delivered;
COMMENT ON TABLE app.alert_deliveries IS
'Each attempt to send a message, with its result; several per message when it failed';
COMMENT ON COLUMN app.alert_deliveries.id IS 'Number of the attempt';
COMMENT ON COLUMN app.alert_deliveries.message_id IS
'Same in each attempt at one message, and sent with it: tells repeats';
COMMENT ON COLUMN app.alert_deliveries.channel IS 'Name of the channel, without its address, which holds secrets';
COMMENT ON COLUMN app.alert_deliveries.what IS
'opened or recovered: of an incident; folded: of many at once; digest; sync: the statistics of one; heartbeat; test';
COMMENT ON COLUMN app.alert_deliveries.incident_ids IS 'Incidents that the message tells of';
COMMENT ON COLUMN app.alert_deliveries.sync_id IS 'The sync whose statistics or heartbeat it is';
COMMENT ON COLUMN app.alert_deliveries.attempted_at IS 'When, UTC';
COMMENT ON COLUMN app.alert_deliveries.delivered IS 'Whether the channel took it';
COMMENT ON COLUMN app.alert_deliveries.error IS 'Why not, without secrets';

-- What only a process can see: how much of a disk is free, that the daemon is alive.
CREATE TABLE app.observations (
    name text NOT NULL,
    subject text NOT NULL DEFAULT '',
    value numeric NOT NULL CHECK (value <> 'NaN'),
    observed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, subject)
);
COMMENT ON TABLE app.observations IS
'What the database cannot see itself, as it was last seen: one row per name and subject';
COMMENT ON COLUMN app.observations.name IS
'daemon_beat, disk_free_bytes, disk_total_bytes, alert_channel or supplier_conflicts';
COMMENT ON COLUMN app.observations.subject IS
'Of what, such as the folder''s or the channel''s name; empty where there is only one';
COMMENT ON COLUMN app.observations.value IS
'The value: bytes of a disk; 1 of a beat and of a channel that is configured; conflicts as of the newest build';
COMMENT ON COLUMN app.observations.observed_at IS 'When it was seen, UTC';

-- How builds of inventory and report ended: what fails rolls its own rows back, so it is written apart.
CREATE TABLE app.build_outcomes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    account_type text NOT NULL DEFAULT '',
    ended_at timestamptz NOT NULL DEFAULT now(),
    error text
);
CREATE INDEX build_outcomes_ended ON app.build_outcomes (ended_at);
COMMENT ON TABLE app.build_outcomes IS 'How each build of a derived table ended; builds holds the newest good one';
COMMENT ON COLUMN app.build_outcomes.id IS 'Number of the build';
COMMENT ON COLUMN app.build_outcomes.name IS 'The derived table, such as low_stock_report';
COMMENT ON COLUMN app.build_outcomes.account_type IS 'Account, lower case; empty: of all';
COMMENT ON COLUMN app.build_outcomes.ended_at IS 'When it ended, UTC';
COMMENT ON COLUMN app.build_outcomes.error IS 'Why it failed; null: it did not';

COMMENT ON COLUMN app.emag_sync_logs.errors IS
'List of {error, timestamp}, oldest first; with kind: refused where the marketplace refused the credentials';
