-- Deletes old events of no run: results of `evaluate_outdated` whose row of results is gone (check_results_of_dagster),
-- and changes of freshness but the newest. Of Dagster's database. Parameters: as there.
DELETE FROM event_logs AS event
WHERE
    event.timestamp < %(before)s
    AND event.run_id = ''
    AND (
        (
            event.dagster_event_type = 'ASSET_CHECK_EVALUATION'
            AND NOT EXISTS (SELECT FROM asset_check_executions WHERE evaluation_event_storage_id = event.id)
        )
        OR (
            event.asset_key = any(%(own)s)
            AND EXISTS (
                SELECT FROM event_logs AS newer
                WHERE
                    newer.asset_key = event.asset_key
                    AND newer.dagster_event_type = event.dagster_event_type
                    AND newer.id > event.id
            )
        )
    )
