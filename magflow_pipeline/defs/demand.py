"""What was sold of each item on each day, and what is expected a day."""

from typing import Any

import dagster as dg

from magflow_pipeline.defs.checks import ERROR, WARN, sql_checks
from magflow_pipeline.defs.descriptions import documentation, freshness, group, kinds, table_metadata
from magflow_pipeline.defs.keys import PREFIX, keys_of
from magflow_pipeline.defs.partitions import account_of, accounts
from magflow_pipeline.defs.plainly import told_plainly
from magflow_pipeline.defs.resources import DatabaseResource
from magflow_pipeline.defs.tags import READ_BY_TAG
from magflow_pipeline.demand.days import build_demand_days
from magflow_pipeline.demand.refresh import refresh_demand
from magflow_pipeline.reports.tables import count_rows, markdown, read_rows

METHODS = ("several memories", "fall of stock", "not enough data", "never sold")
CLASSES = ("all", "smooth", "erratic", "intermittent", "lumpy", "none")


@dg.asset(
    key_prefix=PREFIX,
    deps=keys_of("emag_orders", "emag_order_lines", "emag_products_v2"),
    partitions_def=accounts,
    group_name=group("demand"),
    owners=["team:purchasing"],
    kinds=kinds("postgres"),
    tags={READ_BY_TAG: "analysts"},
    code_version="1",
    freshness_policy=freshness(),
    metadata=documentation("docs/data.md", "docs/architecture.md"),
)
@told_plainly
def demand_days(context: dg.AssetExecutionContext, database: DatabaseResource) -> dg.MaterializeResult[Any]:
    """Pieces sold of each item on each day in Bucharest: one row per account, SKU and day.

    From the lines of orders that are not cancelled, less what came back, and from what other channels sold. Only the
    days are built that something touched since the build before.
    """
    db, account = database.open(), account_of(context)
    built = build_demand_days(db, account)
    return dg.MaterializeResult(
        metadata={
            "days built": built.days,
            "rows changed": built.changed,
            **table_metadata(db, "demand_days", account),
        }
    )


@dg.asset(
    key_prefix=PREFIX,
    deps=keys_of("demand_days"),
    partitions_def=accounts,
    group_name=group("demand"),
    owners=["team:purchasing"],
    kinds=kinds("python", "numpy", "postgres"),
    tags={READ_BY_TAG: "buyers"},
    code_version="1",
    freshness_policy=freshness(),
    metadata=documentation("docs/data.md", "docs/operations.md"),
)
@told_plainly
def demand(context: dg.AssetExecutionContext, database: DatabaseResource) -> dg.MaterializeResult[Any]:
    """What each item is expected to sell a day, how sure that is, and from what it was learned.

    One row per account and SKU, learned from whole days up to yesterday: again for the items whose past days changed,
    and for all on a new day, after a change of campaigns, or when more of the orders is read. Once a day what was
    expected four weeks ago is compared with what was sold since (forecast_accuracy).
    """
    db, account = database.open(), account_of(context)
    changed = refresh_demand(db, account)
    accuracy = read_rows(
        db, "newest_accuracy", only={"account_type": [account]}, order_by=["demand_class"], limit=len(CLASSES)
    )
    of_all = [row for row in accuracy if row["demand_class"] == "all" and row["wape"] is not None]
    return dg.MaterializeResult(
        metadata={
            "rows changed": changed,
            **{
                method: count_rows(db, "demand", {"account_type": [account], "demand_method": [method]})
                for method in METHODS
            },
            **{name: float(row[name]) for row in of_all for name in ("wape", "bias")},
            **({"accuracy": dg.MetadataValue.md(markdown(accuracy))} if accuracy else {}),
            **table_metadata(db, "demand", account),
        }
    )


checks_of_demand_days = sql_checks(
    "demand_days",
    demand_days_are_conserved=ERROR,
    every_sold_line_is_counted=WARN,
)
checks_of_demand = sql_checks(
    "demand",
    demand_is_of_today=WARN,
    the_forecast_does_not_drift=WARN,
)
