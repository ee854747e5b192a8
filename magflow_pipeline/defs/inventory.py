"""Stock per warehouse."""

from typing import Any

import dagster as dg

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.defs.checks import sql_check
from magflow_pipeline.defs.descriptions import READ_BY_TAG, documentation, freshness, group, kinds, table_metadata
from magflow_pipeline.defs.partitions import account_of, accounts
from magflow_pipeline.defs.plainly import told_plainly
from magflow_pipeline.defs.resources import DatabaseResource


@dg.asset(
    deps=["emag_products_v2", "emag_product_offers_v2"],
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
def inventory_items(context: dg.AssetExecutionContext, database: DatabaseResource) -> dg.MaterializeResult[Any]:
    """Stock of each active product in the account's warehouse: one row per product and warehouse.

    Columns named manual_* belong to people and survive every sync.
    """
    pipeline = database.open()
    refresh_inventory(pipeline, account_of(context))
    return dg.MaterializeResult(metadata=table_metadata(pipeline, "inventory_items"))


every_active_product_has_inventory = sql_check("every_active_product_has_inventory", "inventory_items")
every_value_is_sound = sql_check("every_value_is_sound", "inventory_items", severity=dg.AssetCheckSeverity.WARN)
