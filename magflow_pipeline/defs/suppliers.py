"""Which supplier of which SKU a person has confirmed, and what each of them asks."""

from collections import Counter
from typing import Any

import dagster as dg
from pydantic import Field

from magflow_pipeline.defs.checks import ERROR, WARN, sql_checks
from magflow_pipeline.defs.descriptions import documentation, freshness, group, kinds, table_metadata
from magflow_pipeline.defs.keys import PREFIX, keys_of
from magflow_pipeline.defs.partitions import synced_account
from magflow_pipeline.defs.plainly import told_plainly
from magflow_pipeline.defs.resources import DatabaseResource, SellerResource
from magflow_pipeline.defs.tags import READ_BY_TAG, TRIGGERED_BY_TAG
from magflow_pipeline.reports.tables import count_rows, markdown, read_rows
from magflow_pipeline.suppliers.matches import labels, verify
from magflow_pipeline.suppliers.offers import build_supplier_offers
from magflow_pipeline.text import noted

MOST_SHOWN = 20
RULES = ("preferred", "verified", "cheapest", "only one", "cost incomplete")


class VerificationConfig(dg.Config):
    """Which SKUs to look at."""

    skus: list[str] | None = Field(default=None, description="Only these SKUs; all when none are named.")


@dg.asset(
    key_prefix=PREFIX,
    group_name=group("matching"),
    owners=["team:purchasing"],
    kinds=kinds("postgres"),
    tags={READ_BY_TAG: "buyers"},
    code_version="1",
    metadata=documentation("docs/data.md", "docs/architecture.md"),
)
@told_plainly
def supplier_verification(
    context: dg.AssetExecutionContext, config: VerificationConfig, database: DatabaseResource
) -> dg.MaterializeResult[Any]:
    """The verified mark of each row of the price list (product_supplier_sheets).

    A row is verified exactly when an active, confirmed match exists for the same SKU and the same active supplier:
    names that are equal but for case, white space and characters that nobody sees (`normalized_name`), or equal
    URLs. Never by containment.
    """
    db = database.open()
    who = context.run.tags.get(TRIGGERED_BY_TAG, "dagster")
    changes = verify(db, config.skus or None, changed_by=f"supplier_verification, {who}")
    for change in changes:
        mark = "verified" if change.is_verified else "no longer verified"
        context.log.info(noted(f"{change.sku} {change.supplier_name}: {mark}, {change.reason}"))
    counts = Counter(label.label for label in labels(db))
    conflicts = read_rows(db, "supplier_conflicts", order_by=["conflict", "supplier_name"], limit=MOST_SHOWN)
    return dg.MaterializeResult(
        metadata={
            **table_metadata(db, "product_supplier_sheets"),
            "changed": len(changes),
            **counts,
            "conflicts": dg.MetadataValue.md(markdown(conflicts) or "none"),
        }
    )


@dg.asset(
    key_prefix=PREFIX,
    deps=keys_of("supplier_verification", "demand", "exchange_rates"),
    group_name=group("suppliers"),
    owners=["team:purchasing"],
    kinds=kinds("postgres"),
    tags={READ_BY_TAG: "buyers"},
    code_version="1",
    freshness_policy=freshness(),
    metadata=documentation("docs/data.md", "docs/architecture.md"),
)
@told_plainly
def supplier_offers(
    context: dg.AssetExecutionContext, database: DatabaseResource, seller: SellerResource
) -> dg.MaterializeResult[Any]:
    """What each active supplier asks for each SKU, by each way of shipping, and which of them is chosen.

    One row per SKU, supplier and way of shipping, with the landed cost of a piece in RON at a usual quantity, the lead
    time, and what is missing or old. Rank 1 is whom to order from, and rule says why.
    """
    db = database.open()
    built = build_supplier_offers(db, seller.settings(), synced_account(context))
    chosen = {"rank": [1]}
    return dg.MaterializeResult(
        metadata={
            "rows written": built.written,
            **{f"chosen: {rule}": count_rows(db, "supplier_offers", {**chosen, "rule": [rule]}) for rule in RULES},
            **table_metadata(db, "supplier_offers"),
        }
    )


checks_of_supplier_verification = sql_checks(
    "supplier_verification",
    every_mark_follows_its_match=ERROR,
    no_suppliers_conflict=WARN,
)
checks_of_supplier_offers = sql_checks(
    "supplier_offers",
    every_supplier_cost_is_complete=WARN,
    # Here, and not with the rates: it has to be evaluated while they cannot be read, too.
    every_rate_is_fresh=WARN,
)
