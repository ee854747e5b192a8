"""Lanes: runs of one account and sync type run one at a time, and never wait for those of another type.

`dagster.yaml` names the class that tags runs, and lets the queue start one run of each lane at a time. Where sellers
share an instance, `deploy/kubernetes/values.yaml` names it, and limits the runs of each seller too.
"""

import dagster as dg

from magflow_pipeline.defs import jobs
from magflow_pipeline.defs.jobs import ASSETS_OF
from magflow_pipeline.defs.runs import will_build
from magflow_pipeline.defs.tags import LANE_TAG, PARTITION_TAG, SELLER_TAG
from magflow_pipeline.sync.sync_types import CATALOGUE, ORDERS, lane_of

# An account's inventory shares the lane of its offers; the report covers all accounts, and has no lane. Demand has none
# either, so that it waits for no long sync: builds take a lock in the database.
LANE_ASSETS = {
    CATALOGUE: (*jobs.CATALOGUE, "inventory_items"),
    ORDERS: jobs.ORDERS,
}


ONE_SELLER = "magflow_pipeline"  # the code location of workspace.yaml; others are called like their seller


class LaneRunCoordinator(dg.QueuedRunCoordinator):
    """Tags each run with its lane and its seller when it is queued: runs that people launch lack a job's tags.

    It works in processes that serve all sellers, and so knows the seller by the run alone.
    """

    def submit_run(self, context: dg.SubmitRunContext) -> dg.DagsterRun:
        """Queue a run."""
        run = context.dagster_run
        found = {LANE_TAG: lane_of_run(run), SELLER_TAG: seller_of_run(run)}
        missing = {tag: value for tag, value in found.items() if value is not None and tag not in run.tags}
        if missing:
            self._instance.add_run_tags(run.run_id, missing)
        return super().submit_run(context)


def lane_of_run(run: dg.DagsterRun) -> str | None:
    """The lane of a run, by its account and its assets; None for a run without one."""
    account = run.tags.get(PARTITION_TAG)
    types = (name for name, assets in LANE_ASSETS.items() if any(will_build(run, each, ASSETS_OF) for each in assets))
    sync_type = next(types, None)
    return lane_of(sync_type, account) if account and sync_type else None


def seller_of_run(run: dg.DagsterRun) -> str | None:
    """The seller of a run, by the name of its code location; None where there is but one seller."""
    location = run.remote_job_origin.location_name if run.remote_job_origin else None
    return None if location == ONE_SELLER else location
