"""Lanes: runs of one type of sync and account follow one another, and wait for no other type's.

`dagster.yaml` names the class that tags runs, and lets the queue start one run of each lane at a time.
"""

import dagster as dg

from magflow_pipeline.defs.jobs import ASSETS_OF
from magflow_pipeline.defs.runs import will_build
from magflow_pipeline.defs.tags import LANE_TAG, PARTITION_TAG
from magflow_pipeline.sync.sync_types import CATALOGUE, lane_of

# What is derived of an account's offers follows their reading; the report is of all accounts, and has no lane.
LANE_ASSETS = {
    CATALOGUE: ("raw_emag_product_pages", "emag_products_v2", "emag_product_offers_v2", "inventory_items"),
}


class LaneRunCoordinator(dg.QueuedRunCoordinator):
    """Tags each run with its lane when it is queued: asset graph and backfills ask for runs without a job's tags."""

    def submit_run(self, context: dg.SubmitRunContext) -> dg.DagsterRun:
        """Queue a run."""
        run = context.dagster_run
        lane = lane_of_run(run)
        if lane is not None and LANE_TAG not in run.tags:
            self._instance.add_run_tags(run.run_id, {LANE_TAG: lane})
        return super().submit_run(context)


def lane_of_run(run: dg.DagsterRun) -> str | None:
    """The lane of a run by its account and by what it builds; None for one that keeps to none."""
    account = run.tags.get(PARTITION_TAG)
    types = (name for name, assets in LANE_ASSETS.items() if any(will_build(run, each, ASSETS_OF) for each in assets))
    sync_type = next(types, None)
    return lane_of(sync_type, account) if account and sync_type else None
