-- depends: 0009.watermarks
-- Which session a sync works on: another one that holds the account, such as a replay's, is not its owner.

ALTER TABLE app.emag_sync_progress ADD COLUMN backend_pid integer;
COMMENT ON COLUMN app.emag_sync_progress.backend_pid IS 'Process id of the database session that the sync works on';
