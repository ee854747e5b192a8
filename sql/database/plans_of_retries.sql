-- Deletes execution plans of re-executions whose runs are gone: each names its parent run, so that no other run has it
-- but another re-execution of the same one. Of Dagster's database. Parameters: plans (ids of snapshots).
-- Bodies of runs are looked through as text: not each of them is jsonb, which takes no \u0000.
DELETE FROM snapshots AS plan
WHERE
    plan.snapshot_id = any(%(plans)s)
    AND NOT EXISTS (SELECT FROM runs WHERE position(plan.snapshot_id IN runs.run_body) > 0)
