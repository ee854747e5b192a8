# pyright: reportUnknownMemberType=false
# Dagster's decorators are only partially typed.
"""Ends dead runs and syncs, whose owner is gone, so that the next tick can work.

Only this seller's: a run of another one has its lock in another database, where this code cannot see it.
"""

import time
from datetime import UTC, datetime

import dagster as dg

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import is_run_held
from magflow_pipeline.defs.keys import OWN
from magflow_pipeline.defs.load_time import seconds_between_looks
from magflow_pipeline.defs.plainly import tick_told_plainly
from magflow_pipeline.defs.resources import DatabaseResource, SellerResource
from magflow_pipeline.sync.stuck import close_stuck_syncs
from magflow_pipeline.text import noted

SECONDS_BETWEEN_LOOKS = 30
SECONDS_TO_BEGIN = 60  # from STARTED until the run has its lock
SECONDS_TO_END = 2  # a run releases its lock a moment before Dagster records how it ended
WORKING = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
GONE = "The process of this run is gone: nobody holds its lock in the database."


@dg.sensor(
    minimum_interval_seconds=seconds_between_looks(SECONDS_BETWEEN_LOOKS),
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Closes the logs of dead syncs and fails dead runs: those whose lock in the database is free. The "
    "server releases a lock when its owner dies; a status can be stale.",
)
@tick_told_plainly
def sweep_dead_runs(
    context: dg.SensorEvaluationContext, database: DatabaseResource, seller: SellerResource
) -> dg.SkipReason:
    """Close dead syncs, end dead runs; Dagster then starts the retry by itself."""
    db = database.open()
    ended = [
        f"sync {sync.id} of {sync.account_type}: {sync.reason}"
        for sync in close_stuck_syncs(db, seller.settings().stuck_after_minutes)
    ]
    ended += [f"run {run_id[:8]}: its process is gone" for run_id in end_dead_runs(context.instance, db)]
    for each in ended:
        context.log.warning(noted(each))
    return dg.SkipReason("; ".join(ended) or "no run or sync is dead")


def end_dead_runs(instance: dg.DagsterInstance, database: Database) -> list[str]:
    """End runs that started at least SECONDS_TO_BEGIN ago and whose lock nobody holds; returns their ids.

    A started run is reported as failed, and is retried; one that was being canceled, as canceled. One that was made and
    never began is ended by Dagster's run monitoring (dagster.yaml: start_timeout_seconds). None where that asks the
    launcher how its runs are (K8sRunLauncher): two that end runs would retry them twice.
    """
    if instance.run_monitoring_enabled and instance.run_launcher.supports_check_run_worker_health:
        return []
    with database.connect("magflow sweeper") as session:
        free = [
            record.dagster_run.run_id
            for record in instance.get_run_records(dg.RunsFilter(statuses=WORKING, tags=OWN))
            if datetime.now(UTC).timestamp() - (record.start_time or 0) >= SECONDS_TO_BEGIN
            and not is_run_held(session, record.dagster_run.run_id)
        ]
    if not free:
        return []
    time.sleep(SECONDS_TO_END)
    dead = list(instance.get_runs(dg.RunsFilter(run_ids=free, statuses=WORKING)))
    for run in dead:
        if run.status is dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, GONE)
        else:
            instance.report_run_failed(run, GONE)
    return [run.run_id for run in dead]
