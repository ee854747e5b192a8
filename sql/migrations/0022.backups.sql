-- depends: 0021.incidents
-- Back-ups, and whether each was proven by a restore.

CREATE TABLE app.backups (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    proven_at timestamptz,
    size_bytes bigint CHECK (size_bytes >= 0),
    tables integer CHECK (tables >= 0),
    rows_held bigint CHECK (rows_held >= 0),
    error text,
    removed_at timestamptz,
    CHECK (finished_at >= started_at),
    CHECK (proven_at IS NULL OR error IS NULL)
);
CREATE INDEX backups_started ON app.backups (started_at);
COMMENT ON TABLE app.backups IS
'One row per back-up that was begun. Only a proven one counts: it was restored into a scratch database and was equal,'
' table by table';
COMMENT ON COLUMN app.backups.id IS 'Number of the back-up';
COMMENT ON COLUMN app.backups.file IS 'Name of its file';
COMMENT ON COLUMN app.backups.started_at IS 'When it began, UTC: it holds what was committed then';
COMMENT ON COLUMN app.backups.finished_at IS 'When it ended, UTC, well or not; null while it runs';
COMMENT ON COLUMN app.backups.proven_at IS
'When its restore was equal to its source, UTC; null: not proven, do not rely on it';
COMMENT ON COLUMN app.backups.size_bytes IS 'Size of the file, bytes';
COMMENT ON COLUMN app.backups.tables IS 'Tables that were compared, of both databases';
COMMENT ON COLUMN app.backups.rows_held IS 'Rows of all tables';
COMMENT ON COLUMN app.backups.error IS 'Why it failed or was not proven; null: it did not';
COMMENT ON COLUMN app.backups.removed_at IS 'When retention removed the file, UTC; null: it is kept';
