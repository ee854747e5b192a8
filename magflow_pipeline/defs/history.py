"""Retention of Dagster's own history: open-source Dagster keeps every event for ever."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import dagster as dg

from magflow_pipeline.database.statements import statement
from magflow_pipeline.defs.keys import OWN, is_own
from magflow_pipeline.defs.runs import FINISHED

if TYPE_CHECKING:
    from dagster_postgres import PostgresEventLogStorage


def delete_old_history(instance: dg.DagsterInstance, days: int) -> int:
    """Delete this seller's finished runs created more than `days` days ago, with their events; returns their number.

    The run behind the newest materialization of each asset and account stays, and the newest result of each check: the
    UI shows them. Other results go when they are as old and their run is gone, and so do events of no run, and the
    execution plans of re-executions whose runs are gone.
    """
    kept = _runs_behind_newest_materializations(instance)
    before = datetime.now(UTC) - timedelta(days=days)
    ended = dg.RunsFilter(statuses=list(FINISHED), tags=OWN, created_before=before)
    old = [record.dagster_run for record in instance.get_run_records(ended)]
    gone = [run for run in old if run.run_id not in kept]
    plans = list(filter(None, (_own_plan(instance, run) for run in gone)))
    for run in gone:
        instance.delete_run(run.run_id)
    own = [key.to_string() for key in filter(is_own, instance.all_asset_keys())]
    with cast("PostgresEventLogStorage", instance.event_log_storage).index_transaction() as session:
        for name in ("check_results_of_dagster", "events_of_no_run"):
            session.exec_driver_sql(statement(f"database/{name}"), {"before": before.replace(tzinfo=None), "own": own})
        if plans:  # else all runs would be read for nothing
            session.exec_driver_sql(statement("database/plans_of_retries"), {"plans": plans})
    return len(gone)


def _own_plan(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str | None:
    """The id of the run's execution plan, if it is of a re-execution: Dagster keeps one for each, for ever."""
    if run.parent_run_id is None or run.execution_plan_snapshot_id is None:
        return None
    state = instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id).initial_known_state
    return run.execution_plan_snapshot_id if state is not None and state.parent_state is not None else None


def _runs_behind_newest_materializations(instance: dg.DagsterInstance) -> set[str]:
    kept: set[str] = set()
    for key in filter(is_own, instance.all_asset_keys()):
        partitions: list[str | None] = [None, *instance.get_materialized_partitions(key)]
        for partition in partitions:
            records = instance.fetch_materializations(
                dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition] if partition else None), limit=1
            ).records
            kept |= {record.run_id for record in records}
    return kept
