-- Deletes execution plans of re-executions whose runs are gone: each names its parent run, so that no other run has it
-- but another re-execution of the same one. Of Dagster's database. Parameters: plans (ids of snapshots).
DELETE FROM snapshots AS plan
WHERE
    plan.snapshot_id = any(%(plans)s)
    AND NOT EXISTS (SELECT FROM runs WHERE runs.run_body::jsonb ->> 'execution_plan_snapshot_id' = plan.snapshot_id)
