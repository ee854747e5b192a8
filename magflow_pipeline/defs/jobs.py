"""What runs together."""

import dagster as dg

from magflow_pipeline.defs.partitions import accounts
from magflow_pipeline.settings import load_settings

GRACE_SECONDS = 120
# A sync may wait for its account's lock up to its limit, and then take as long: Dagster ends what did not end itself.
MAX_RUNTIME_SECONDS = 2 * round(load_settings().sync_timeout_seconds) + GRACE_SECONDS

sync_account = dg.define_asset_job(  # pyright: ignore[reportUnknownMemberType]  # a corner of its metadata type
    "sync_account",
    selection=dg.AssetSelection.assets(
        *("raw_emag_product_pages", "emag_products_v2", "emag_product_offers_v2"),
        *("inventory_items", "supplier_verification", "low_stock_report"),
    ),
    partitions_def=accounts,
    executor_def=dg.in_process_executor,
    description="Read an account's offers and end with a fresh report: offers, inventory, verification, report.",
    run_tags={dg.MAX_RUNTIME_SECONDS_TAG: str(MAX_RUNTIME_SECONDS)},
)
