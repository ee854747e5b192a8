# pyright: reportUnknownMemberType=false
# A corner of the types in dagster's decorators.
"""Runs and syncs that nobody owns any more are ended, so that the next tick can work."""

import time
from datetime import UTC, datetime

import dagster as dg

from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.database.locks import is_run_held
from magflow_pipeline.defs.plainly import tick_told_plainly
from magflow_pipeline.settings import load_settings
from magflow_pipeline.sync.stuck import close_stuck_syncs
from magflow_pipeline.text import noted

SECONDS_BETWEEN_LOOKS = 30
SECONDS_TO_BEGIN = 60  # from STARTED until the run has its lock
SECONDS_TO_END = 2  # a run lets go of its lock a moment before Dagster writes down how it ended
WORKING = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
GONE = "The process of this run is gone: nobody holds its lock in the database."


@dg.sensor(
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Ends what is stuck: sync logs whose account nobody holds, and runs whose process is gone. The locks "
    "in the database tell; a status can lie.",
)
@tick_told_plainly
def end_what_is_stuck(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Close dead syncs, end dead runs; Dagster then starts the retry by itself."""
    settings = load_settings()
    database = open_database(settings)
    ended = [
        f"sync {sync.id} of {sync.account_type}: {sync.reason}"
        for sync in close_stuck_syncs(database, settings.stuck_after_minutes)
    ]
    ended += [f"run {run_id[:8]}: its process is gone" for run_id in end_dead_runs(context.instance, database)]
    for each in ended:
        context.log.warning(noted(each))
    return dg.SkipReason("; ".join(ended) or "nothing is stuck")


def end_dead_runs(instance: dg.DagsterInstance, database: Database) -> list[str]:
    """End runs that began a minute ago or more and whose lock nobody holds; their ids.

    A run that worked has failed, and is tried again; one that somebody was ending is ended.
    """
    with database.connect("magflow sweeper") as session:
        free = [
            record.dagster_run.run_id
            for record in instance.get_run_records(dg.RunsFilter(statuses=WORKING))
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
