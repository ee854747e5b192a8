-- Deletes old results of asset checks in Dagster's database: Dagster deletes a run's events with it, and never the
-- results of its checks. Each check's newest stays, which the UI shows. Parameters: before, UTC without a zone; own,
-- asset keys.
DELETE FROM asset_check_executions AS result
WHERE
    result.create_timestamp < %(before)s
    AND result.asset_key = any(%(own)s)
    AND NOT EXISTS (SELECT FROM runs WHERE runs.run_id = result.run_id)
    AND EXISTS (
        SELECT FROM asset_check_executions AS newer
        WHERE newer.asset_key = result.asset_key AND newer.check_name = result.check_name AND newer.id > result.id
    )
