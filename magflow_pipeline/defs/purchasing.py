"""The levels that demand asks for, what to move and to buy, and the report a buyer orders from."""

from typing import Any

import dagster as dg

from magflow_pipeline.defs.checks import ERROR, WARN, sql_checks
from magflow_pipeline.defs.descriptions import documentation, freshness, group, kinds, table_metadata
from magflow_pipeline.defs.keys import PREFIX, keys_of
from magflow_pipeline.defs.partitions import synced_account
from magflow_pipeline.defs.plainly import told_plainly
from magflow_pipeline.defs.resources import DatabaseResource, SellerResource
from magflow_pipeline.defs.tags import READ_BY_TAG
from magflow_pipeline.purchasing.levels import build_demand_levels
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.purchasing.proposals import TABLES, build_reorder_proposals
from magflow_pipeline.purchasing.statuses import Status
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.plots import column_plot
from magflow_pipeline.reports.prices import position_plot, price_words
from magflow_pipeline.reports.story import plot_of_most_at_risk
from magflow_pipeline.reports.tables import BUYING_ORDER, count_rows, markdown, read_rows

MOST_URGENT = (
    *("account_type", "sku", "name", "status", "available_quantity", "ron_at_risk_per_day", "expected_daily_demand"),
    *("days_of_cover", "order_by_date", "transfer_quantity", "reorder_quantity", "supplier_name", "supplier_rule"),
    *("landed_unit_cost_ron", "level_source", "reason_code"),
)


MOST_SUPPLIERS = 20
PROBLEMS = ("not_enough_data", "never_sold", "no_price", "not_worth_keeping")


@dg.asset(
    key_prefix=PREFIX,
    deps=keys_of("emag_products_v2", "demand", "supplier_offers"),
    group_name=group("purchasing"),
    owners=["team:purchasing"],
    kinds=kinds("python", "numpy", "postgres"),
    tags={READ_BY_TAG: "buyers"},
    code_version="1",
    freshness_policy=freshness(),
    metadata=documentation("docs/data.md", "docs/operations.md"),
)
@told_plainly
def demand_levels(
    context: dg.AssetExecutionContext, database: DatabaseResource, seller: SellerResource
) -> dg.MaterializeResult[Any]:
    """When to order each item and up to how many pieces, as demand, lead time, cost and margin ask for.

    One row per SKU of a warehouse, at the account that orders it, with every number that the levels follow from. The
    view stock_levels says which of them count beside levels set by hand.
    """
    db = database.open()
    built = build_demand_levels(db, seller.settings(), synced_account(context))
    problems = {problem: count_rows(db, "demand_levels", {"problem": [problem]}) for problem in PROBLEMS}
    return dg.MaterializeResult(
        metadata={
            "items with levels": built.planned,
            **problems,
            "rows written": built.written,
            **table_metadata(db, "demand_levels"),
        }
    )


@dg.asset(
    key_prefix=PREFIX,
    deps=keys_of("inventory_items", "supplier_offers", "demand_levels"),
    group_name=group("purchasing"),
    owners=["team:purchasing"],
    kinds=kinds("python", "postgres"),
    tags={READ_BY_TAG: "buyers"},
    code_version="1",
    freshness_policy=freshness(),
    metadata=documentation("docs/data.md", "docs/rules.md"),
)
@told_plainly
def reorder_proposals(
    context: dg.AssetExecutionContext, database: DatabaseResource, seller: SellerResource
) -> dg.MaterializeResult[Any]:
    """What to move between accounts and what to buy: one purchase per SKU and supplier, shared by the accounts.

    Built in one transaction with the tables it follows from and leads to: replenishment_needs (what each account
    lacks), transfer_proposals and reorder_shares. The view proposed_actions is the list.
    """
    db = database.open()
    built = build_reorder_proposals(db, seller.settings(), synced_account(context))
    by_supplier = read_rows(db, "purchases_by_supplier", limit=MOST_SUPPLIERS)
    return dg.MaterializeResult(
        metadata={
            "purchases": built.purchases,
            "transfers": built.transfers,
            "rows written": built.written,
            "rows": {table: count_rows(db, table) for table in TABLES},
            "by supplier": dg.MetadataValue.md(markdown(by_supplier)),
            **table_metadata(db, "reorder_proposals"),
        }
    )


@dg.asset(
    key_prefix=PREFIX,
    deps=keys_of("inventory_items", "demand", "supplier_offers", "demand_levels", "reorder_proposals"),
    group_name=group("purchasing"),
    owners=["team:purchasing"],
    kinds=kinds("python", "postgres"),
    tags={READ_BY_TAG: "buyers"},
    code_version="1",
    freshness_policy=freshness(),
    metadata=documentation("docs/data.md", "docs/operations.md"),
)
@told_plainly
def low_stock_report(
    context: dg.AssetExecutionContext, database: DatabaseResource, seller: SellerResource
) -> dg.MaterializeResult[Any]:
    """Every active item of every account with its stock status, what to order, and why.

    One row per account and SKU, built for all accounts in one transaction, with every number that the quantity follows
    from. The views low_stock, decide_yourself, not_kept, low_stock_by_supplier and low_stock_by_account are the list,
    what a person has to decide, what is apart because it never sold, the orders and the counts.
    """
    db = database.open()
    built = build_low_stock_report(db, seller.settings(), synced_account(context))
    by_account = read_rows(db, "low_stock_by_account", order_by=["account_type"])
    counts = {status.value: sum(row[status] for row in by_account) for status in Status}
    urgent = read_rows(db, "low_stock", order_by=BUYING_ORDER, limit=10)
    plot = plot_of_most_at_risk(db)
    prices = read_rows(db, "price_position_by_account", order_by=["account_type"])
    return dg.MaterializeResult(
        metadata={
            **counts,
            "not kept": sum(row["not_kept"] for row in by_account),
            "to decide yourself": sum(row["to_decide"] for row in by_account),
            "RON a day lost by waiting": float(sum(row["ron_at_risk_per_day"] or 0 for row in by_account)),
            "RON to order": float(sum(row["reorder_value_ron"] or 0 for row in by_account)),
            "rows written": built.written,
            "by status": dg.MetadataValue.md(column_plot("Items by status, all accounts", counts)),
            "by account": dg.MetadataValue.md(markdown(by_account)),
            "most urgent": dg.MetadataValue.md(markdown([{name: row[name] for name in MOST_URGENT} for row in urgent])),
            **({"demand and stock": dg.MetadataValue.md(plot)} if plot else {}),
            "prices": dg.MetadataValue.md(markdown(prices)),
            "price position": dg.MetadataValue.md(position_plot(prices, price_words(db, Language.EN))),
            **table_metadata(db, "low_stock_report"),
        }
    )


checks_of_reorder_proposals = sql_checks(
    "reorder_proposals",
    every_purchase_is_shared=ERROR,
    nothing_unsold_is_bought=ERROR,
    every_purchase_has_its_supplier=WARN,
)
checks_of_low_stock_report = sql_checks(
    "low_stock_report",
    one_row_per_account_and_sku=ERROR,
    every_account_is_fresh=ERROR,
    every_open_order_line_is_deducted=ERROR,
    every_known_account_is_configured=WARN,
    no_levels_contradict=WARN,
    every_price_has_its_product=WARN,
    every_channel_takes_messages=WARN,
)
