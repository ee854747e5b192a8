"""Lanes: runs of one account and sync type run one at a time, and never wait for those of another type.

`dagster.yaml` names the class that tags runs, and lets the queue start one run of each lane at a time.
"""

import dagster as dg

from magflow_pipeline.defs.jobs import ASSETS_OF
from magflow_pipeline.defs.runs import will_build
from magflow_pipeline.defs.tags import LANE_TAG, PARTITION_TAG
from magflow_pipeline.sync.sync_types import CATALOGUE, ORDERS, lane_of

# An account's inventory shares the lane of its offers; the report covers all accounts, and has no lane. Demand has none
# either, so that it waits for no long sync: builds take a lock in the database.
LANE_ASSETS = {
    CATALOGUE: ("raw_emag_product_pages", "emag_products_v2", "emag_product_offers_v2", "inventory_items"),
    ORDERS: ("emag_orders", "emag_order_lines"),
}


class LaneRunCoordinator(dg.QueuedRunCoordinator):
    """Tags each run with its lane when it is queued: runs from the asset graph and backfills lack a job's tags."""

    def submit_run(self, context: dg.SubmitRunContext) -> dg.DagsterRun:
        """Queue a run."""
        run = context.dagster_run
        lane = lane_of_run(run)
        if lane is not None and LANE_TAG not in run.tags:
            self._instance.add_run_tags(run.run_id, {LANE_TAG: lane})
        return super().submit_run(context)


def lane_of_run(run: dg.DagsterRun) -> str | None:
    """The lane of a run, by its account and its assets; None for a run without one."""
    account = run.tags.get(PARTITION_TAG)
    types = (name for name, assets in LANE_ASSETS.items() if any(will_build(run, each, ASSETS_OF) for each in assets))
    sync_type = next(types, None)
    return lane_of(sync_type, account) if account and sync_type else None
