"""An account's orders and their lines, written by one reading of the marketplace."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import dagster as dg
from pydantic import Field

from magflow_pipeline.defs.checks import ERROR, WARN, sql_checks
from magflow_pipeline.defs.descriptions import documentation, freshness, group, kinds, table_metadata
from magflow_pipeline.defs.jobs import ORDERS, max_runtime_seconds
from magflow_pipeline.defs.keys import key_of, keys_of
from magflow_pipeline.defs.partitions import account_of, accounts
from magflow_pipeline.defs.plainly import told_plainly
from magflow_pipeline.defs.resources import DatabaseResource, SellerResource
from magflow_pipeline.defs.tags import ACCOUNT_TAG, MODE_TAG, READ_BY_TAG, TRIGGERED_BY_TAG
from magflow_pipeline.orders.options import make_order_options
from magflow_pipeline.orders.sync import OrdersResult, sync_orders
from magflow_pipeline.reports.tables import markdown, read_rows
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.sync.ahead import result_of
from magflow_pipeline.sync.lifecycle import SyncFailedError

MOST_GAPS = 20  # shown


class OrdersConfig(dg.Config):
    """Options of one sync of orders."""

    days: int | None = Field(
        default=None, description="Days of history to read; what was read is not read again. EMAG_ORDER_HISTORY_DAYS."
    )
    items_per_page: int | None = Field(
        default=None, description="Orders per request, 1 to 100. Default: EMAG_ITEMS_PER_PAGE."
    )


def _table(name: str, description: str, *deps: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        key_of(name),
        deps=keys_of(*deps),
        description=description,
        group_name=group("orders"),
        owners=["team:catalogue"],
        kinds=kinds("python", "postgres"),
        tags={READ_BY_TAG: "analysts"},
        code_version="1",
        freshness_policy=freshness(),
        metadata=documentation("docs/data.md", "docs/architecture.md"),
    )


@dg.multi_asset(
    specs=[
        _table(
            "emag_orders",
            "What was ordered, and how it stands: one row per account and order. Nothing of the customer.",
        ),
        _table(
            "emag_order_lines",
            "The lines of the orders: pieces, returned pieces and prices. One row per account, order and line, "
            "committed in the same transaction as the order.",
            "emag_orders",
        ),
    ],
    partitions_def=accounts,
    can_subset=True,
)
@told_plainly
def orders(
    context: dg.AssetExecutionContext, config: OrdersConfig, database: DatabaseResource, seller: SellerResource
) -> Iterator[dg.MaterializeResult[Any]]:
    """Read the account's orders. Both tables are written, whichever was selected."""
    account, db, settings = account_of(context), database.open(), seller.settings()
    triggered_by = context.run.tags.get(TRIGGERED_BY_TAG, "dagster")

    def tag(**tags: str) -> None:
        context.instance.add_run_tags(context.run.run_id, tags)

    def tell_limit(seconds: float) -> None:
        tag(**{dg.MAX_RUNTIME_SECONDS_TAG: str(max_runtime_seconds(settings, seconds))})

    tag(**{ACCOUNT_TAG: account, TRIGGERED_BY_TAG: triggered_by})  # a run from the asset graph comes without tags
    if dg.MAX_RUNTIME_SECONDS_TAG not in context.run.tags:
        tell_limit(settings.sync_timeout_seconds)
    try:
        read = partial(
            sync_orders,
            db,
            settings,
            seller.account(account),
            make_order_options(settings, **config.model_dump()),
            triggered_by=triggered_by,
            dagster_run_id=context.run.run_id,
        )
        result = result_of(context.run.run_id, read, context.log.info, tell_limit)
    except (SyncFailedError, ConfigurationError) as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    tag(**{MODE_TAG: result.operation})
    gaps = read_rows(db, "order_gaps", only={"account_type": [account]}, newest_first="starts_at", limit=MOST_GAPS)
    told = _counts(result) | ({"gaps": dg.MetadataValue.md(markdown(gaps))} if gaps else {})
    for table in ORDERS:
        metadata = {**table_metadata(db, table, account), **told}
        if key_of(table) in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=key_of(table), metadata=metadata)
        else:
            # Yielding a key that was not selected commits the data and then fails the run.
            context.log_event(dg.AssetMaterialization(key_of(table), partition=account, metadata=metadata))


def _counts(result: OrdersResult) -> dict[str, Any]:
    counts = result.counts
    return {
        "outcome": result.outcome,
        "mode": result.operation,
        "orders read": result.orders,
        "everything since": f"{result.read_back_to}",
        "windows read": result.windows_read,
        "windows left": result.windows_left,
        "new": counts.created,
        "changed": counts.updated,
        "unchanged": counts.unchanged,
        "rejected": counts.rejected,
        "requests": counts.requests,
        "throttled": counts.throttled,
        "seconds": round(result.seconds, 1),
        "sync log": result.sync_log_id,
    }


checks_of_emag_orders = sql_checks(
    "emag_orders",
    orders_are_conserved=ERROR,
    every_order_window_is_read=WARN,
    no_order_is_of_the_future=WARN,
    every_order_status_is_known=WARN,
    no_order_is_rejected=WARN,
)
checks_of_emag_order_lines = sql_checks(
    "emag_order_lines",
    every_order_has_its_lines=WARN,
    every_order_line_has_its_offer=WARN,
)
