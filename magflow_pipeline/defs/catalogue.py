"""An account's catalogue: raw pages, products and offers, written by one scan, and the inventory derived from them."""

import statistics
from collections.abc import Iterator
from functools import partial
from typing import Any

import dagster as dg
from pydantic import Field

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.catalogue.options import make_options
from magflow_pipeline.catalogue.scan import ScanResult, sync_account
from magflow_pipeline.database.connection import Database
from magflow_pipeline.defs.checks import ERROR, WARN, sql_checks
from magflow_pipeline.defs.descriptions import documentation, freshness, group, kinds, table_metadata
from magflow_pipeline.defs.jobs import CATALOGUE, max_runtime_seconds
from magflow_pipeline.defs.keys import PREFIX, key_of, keys_of
from magflow_pipeline.defs.partitions import account_of, accounts
from magflow_pipeline.defs.plainly import told_plainly
from magflow_pipeline.defs.resources import DatabaseResource, SellerResource
from magflow_pipeline.defs.tags import ACCOUNT_TAG, MODE_BY_SIZE, MODE_TAG, READ_BY_TAG, TRIGGERED_BY_TAG
from magflow_pipeline.reports.plots import column_plot
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.sync.ahead import result_of
from magflow_pipeline.sync.lifecycle import SyncFailedError

LONGEST_PLOT = 40  # pages
RAW_PAGES = CATALOGUE[0]


class SyncConfig(dg.Config):
    """Options of one sync; the defaults suit the catalogue.

    The launchpad begins with the defaults that are not None: what people choose first, and nothing before it.
    """

    mode: str | None = Field(
        default=MODE_BY_SIZE,
        description="full: every page. incremental: offers that are low on stock, or were. selective: chosen offers. "
        f"{MODE_BY_SIZE}: full up to 6,000 offers, else incremental.",
    )
    max_pages: int | None = Field(
        default=0,
        description="Read at most so many pages; 0: all. A scan that was cut short is partial, and removes no offer.",
    )
    items_per_page: int | None = Field(
        default=None, description="Offers per request, 1 to 100. Default: EMAG_ITEMS_PER_PAGE."
    )
    include_inactive: bool | None = Field(
        default=None, description="true, the default: read every status. false: active offers only."
    )
    conflict_strategy: str | None = Field(default=None, description="emag_priority is the only one, and the default.")
    skus: list[str] | None = Field(default=None, description="selective: only these SKUs.")
    brand: str | None = Field(default=None, description="selective: stored offers of this brand.")
    category: int | None = Field(default=None, description="selective: stored offers of this eMAG category.")
    min_price: float | None = Field(default=None, description="selective: stored offers from this price, without VAT.")
    max_price: float | None = Field(default=None, description="selective: stored offers up to this price, without VAT.")

    def options(self) -> dict[str, Any]:
        """The options of `make_options`; None: its default."""
        mode = None if self.mode == MODE_BY_SIZE else self.mode
        return {**self.model_dump(), "mode": mode, "max_pages": self.max_pages or None}


def _table(name: str, description: str, *deps: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        key_of(name),
        deps=keys_of(*deps),
        description=description,
        group_name=group("catalogue"),
        owners=["team:catalogue"],
        kinds=kinds("python", "postgres"),
        tags={READ_BY_TAG: "operators" if name == RAW_PAGES else "analysts"},
        code_version="1",
        freshness_policy=freshness(),
        metadata=documentation("docs/architecture.md", "docs/operations.md"),
    )


@dg.multi_asset(
    specs=[
        _table(
            "raw_emag_product_pages",
            "Pages of offers as eMAG sent them: one row per sync and page, each body stored once, compressed.",
        ),
        _table(
            "emag_products_v2",
            "What each product is: one row per account and eMAG offer id, every field refreshed at each sync.",
            "raw_emag_product_pages",
        ),
        _table(
            "emag_product_offers_v2",
            "On what terms each product is sold: prices without VAT, stock, visibility. One row per account and eMAG "
            "offer id, committed in the same transaction as the product.",
            "emag_products_v2",
        ),
    ],
    partitions_def=accounts,
    can_subset=True,
)
@told_plainly
def catalogue(
    context: dg.AssetExecutionContext, config: SyncConfig, database: DatabaseResource, seller: SellerResource
) -> Iterator[dg.MaterializeResult[Any]]:
    """Scan the account. It always scans whole: of keys that were not selected it logs that they changed too."""
    account, db, settings = account_of(context), database.open(), seller.settings()
    triggered_by = context.run.tags.get(TRIGGERED_BY_TAG, "dagster")

    def tag(**tags: str) -> None:
        context.instance.add_run_tags(context.run.run_id, tags)

    def tell_limit(seconds: float) -> None:
        tag(**{dg.MAX_RUNTIME_SECONDS_TAG: str(max_runtime_seconds(settings, seconds))})

    # A run from the asset graph comes without tags.
    tag(**{ACCOUNT_TAG: account, MODE_TAG: config.mode or MODE_BY_SIZE, TRIGGERED_BY_TAG: triggered_by})
    if dg.MAX_RUNTIME_SECONDS_TAG not in context.run.tags:
        tell_limit(settings.sync_timeout_seconds)
    try:
        read = partial(
            sync_account,
            db,
            settings,
            seller.account(account),
            make_options(settings, **config.options()),
            triggered_by=triggered_by,
            dagster_run_id=context.run.run_id,
        )
        result = result_of(context.run.run_id, read, context.log.info, tell_limit)
    except (SyncFailedError, ConfigurationError) as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    tag(**{MODE_TAG: result.mode.value})
    for table in CATALOGUE:
        metadata = {**table_metadata(db, table, account), **_counts(result)}
        if table == RAW_PAGES:
            metadata |= _latency(db, result)
        if key_of(table) in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=key_of(table), metadata=metadata)
        else:
            # Yielding a key that was not selected commits the data and then fails the run.
            context.log_event(dg.AssetMaterialization(key_of(table), partition=account, metadata=metadata))


def _counts(result: ScanResult) -> dict[str, Any]:
    counts = result.counts
    return {
        "outcome": result.outcome,
        "mode": result.mode.value,
        "coverage": result.coverage,
        "new": counts.created,
        "changed": counts.updated,
        "unchanged": counts.unchanged,
        "rejected": counts.rejected,
        "removed": counts.removed,
        "requests": counts.requests,
        "throttled": counts.throttled,
        "seconds": round(result.seconds, 1),
        "sync log": result.sync_log_id,
    }


def _latency(database: Database, result: ScanResult) -> dict[str, Any]:
    """How long the marketplace took for each page."""
    pages = read_rows(
        database, RAW_PAGES, only={"sync_log_id": [result.sync_log_id]}, order_by=["sequence"], limit=LONGEST_PLOT
    )
    seconds = {str(row["sequence"]): row["duration_ms"] / 1000 for row in pages}
    if not seconds:
        return {}
    return {
        "page latency": dg.MetadataValue.md(column_plot("Seconds until each page came", seconds)),
        "median page seconds": statistics.median(seconds.values()),
        "slowest page seconds": max(seconds.values()),
    }


@dg.asset(
    key_prefix=PREFIX,
    deps=keys_of("emag_products_v2", "emag_product_offers_v2"),
    partitions_def=accounts,
    group_name=group("inventory"),
    owners=["team:warehouse"],
    kinds=kinds("postgres"),
    tags={READ_BY_TAG: "analysts"},
    code_version="1",
    freshness_policy=freshness(),
    metadata=documentation("docs/data.md", "docs/architecture.md"),
)
@told_plainly
def inventory_items(
    context: dg.AssetExecutionContext, database: DatabaseResource, seller: SellerResource
) -> dg.MaterializeResult[Any]:
    """Stock of each active product in the account's warehouse: one row per product and warehouse.

    Columns named manual_* belong to people and survive every sync.
    """
    db = database.open()
    refresh_inventory(db, account_of(context), seller.settings())
    return dg.MaterializeResult(metadata=table_metadata(db, "inventory_items"))


checks_of_raw_emag_product_pages = sql_checks(
    "raw_emag_product_pages",
    rows_are_conserved=ERROR,
    the_scan_is_whole=WARN,
)
checks_of_emag_products_v2 = sql_checks(
    "emag_products_v2",
    no_row_is_rejected=WARN,
    no_two_offers_share_a_sku=WARN,
)
checks_of_emag_product_offers_v2 = sql_checks(
    "emag_product_offers_v2",
    every_product_has_its_offer=ERROR,
)
checks_of_inventory_items = sql_checks(
    "inventory_items",
    every_active_product_has_inventory=ERROR,
    every_value_is_sound=WARN,
)
