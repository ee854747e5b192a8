# pyright: reportUnknownMemberType=false
# Dagster's decorators are only partially typed.
"""The jobs, with their time limits. A run from the asset graph has no job: dagster.yaml sets its limit."""

import asyncio
from typing import Any

import dagster as dg

from magflow_pipeline.defs.history import delete_old_history
from magflow_pipeline.defs.keys import OWN, keys_of, own_lane
from magflow_pipeline.defs.load_time import SETTINGS
from magflow_pipeline.defs.plainly import told_plainly
from magflow_pipeline.defs.resources import DatabaseResource, SellerResource
from magflow_pipeline.defs.tags import LANE_TAG
from magflow_pipeline.settings import Settings
from magflow_pipeline.sync.retention import delete_old

GRACE_SECONDS = 120
SHORT_SECONDS = 600  # for jobs that only use the database
BACKUP_SECONDS = 1800  # a dump, and its restore for the proof
FILES_SECONDS = 3600  # a million rows in every format

CATALOGUE = ("raw_emag_product_pages", "emag_products_v2", "emag_product_offers_v2")
ORDERS = ("emag_orders", "emag_order_lines")
DEMAND = ("demand_days", "demand")
PLANNED = ("supplier_offers", "demand_levels", "reorder_proposals", "low_stock_report")
DERIVED = ("inventory_items", "supplier_verification", *PLANNED)
# The assets of each job; a sensor looks up whether an unfinished run will build its asset.
ASSETS_OF = {
    "sync_account": frozenset(CATALOGUE + DEMAND + DERIVED),
    "sync_orders": frozenset(ORDERS + DEMAND),
    "refresh_account": frozenset(DERIVED),
    "refresh_demand": frozenset(DEMAND),
    "verify_suppliers": frozenset({"supplier_verification", *PLANNED}),
    "refresh_report": frozenset(PLANNED),
    "read_exchange_rates": frozenset({"exchange_rates"}),
    "back_up_database": frozenset({"database_backup"}),
    "write_report_files": frozenset({"report_files"}),
}


def max_runtime_seconds(settings: Settings, limit: float) -> int:
    """Seconds after which Dagster ends the run of a sync that overran its own `limit`, in seconds.

    It may wait for its account's lock up to EMAG_SYNC_TIMEOUT_SECONDS, and then take as long as its limit.
    """
    return round(settings.sync_timeout_seconds + limit) + GRACE_SECONDS


def _job(name: str, description: str, seconds: int, **tags: str) -> Any:
    return dg.define_asset_job(
        name,
        selection=dg.AssetSelection.assets(*keys_of(*sorted(ASSETS_OF[name]))),
        executor_def=dg.in_process_executor,
        description=description,
        run_tags={dg.MAX_RUNTIME_SECONDS_TAG: str(seconds), **OWN, **tags},
    )


sync_account = _job(
    "sync_account",
    "Read an account's offers and end with a fresh report: offers, inventory, demand, verification, report.",
    max_runtime_seconds(SETTINGS, SETTINGS.sync_timeout_seconds),
)
sync_orders = _job(
    "sync_orders",
    "Read an account's orders: the present, and history that is missing, from the newest back; and learn its demand.",
    max_runtime_seconds(SETTINGS, SETTINGS.sync_timeout_seconds),
)
refresh_account = _job(
    "refresh_account",
    "Bring an account's inventory, and the report, up to its offers: for offers that were read another way.",
    SHORT_SECONDS,
)
refresh_demand = _job(
    "refresh_demand",
    "Learn an account's demand again: orders or offers that were read another way, sales of other channels, a campaign,"
    " a new day.",
    SHORT_SECONDS,
)
verify_suppliers = _job(
    "verify_suppliers",
    "Bring the verified marks in line with the confirmed matches, and the report with them.",
    SHORT_SECONDS,
)
refresh_report = _job(
    "refresh_report",
    "Plan again and build the report: demand, a cost, a level, an order, a price or a rate has changed.",
    SHORT_SECONDS,
)
read_exchange_rates = _job(
    "read_exchange_rates",
    "Read the exchange rates of the National Bank. In a lane of its own: nothing waits for it.",
    SHORT_SECONDS,
    **{LANE_TAG: own_lane("exchange_rates")},
)
back_up_database = _job(
    "back_up_database", "Back up both databases, prove it by a restore, and apply the retention.", BACKUP_SECONDS
)

write_report_files = _job(
    "write_report_files",
    "Write the report and its views as files. In a lane of its own: nothing waits for it.",
    FILES_SECONDS,
    **{LANE_TAG: own_lane("report_files")},
)


@dg.op
@told_plainly
def delete_past_retention(context: dg.OpExecutionContext, database: DatabaseResource, seller: SellerResource) -> None:
    """Delete sync logs, raw pages, stock samples and Dagster's history past their retention."""
    settings = seller.settings()

    async def delete() -> None:
        async with database.open().connect_async("magflow retention") as session:
            await delete_old(session, settings)

    asyncio.run(delete())
    deleted = delete_old_history(context.instance, settings.dagster_retention_days)
    context.log.info("%d Dagster runs older than %d days were deleted", deleted, settings.dagster_retention_days)


@dg.job(
    executor_def=dg.in_process_executor,
    description="Delete what is older than its retention, Dagster's own history included.",
    tags={dg.MAX_RUNTIME_SECONDS_TAG: str(SHORT_SECONDS), **OWN},
)
def apply_retention() -> None:
    """One step."""
    delete_past_retention()
