"""Which supplier of which SKU a person has confirmed."""

from collections import Counter
from typing import Any

import dagster as dg

from magflow_pipeline.database.matches import labels, verify
from magflow_pipeline.defs.checks import sql_check
from magflow_pipeline.defs.descriptions import table_metadata
from magflow_pipeline.defs.resources import DatabaseResource


@dg.asset(group_name="suppliers", owners=["team:purchasing"], kinds={"postgres"}, code_version="1")
def supplier_verification(context: dg.AssetExecutionContext, database: DatabaseResource) -> dg.MaterializeResult[Any]:
    """The verified mark of each row of the price list (product_supplier_sheets).

    A row is verified exactly when an active, confirmed match exists for the same SKU and the same supplier: equal
    names after trimming, case folding and collapsing white space, or equal URLs. Never by containment.
    """
    pipeline = database.open()
    changes = verify(pipeline, changed_by="supplier_verification")
    for change in changes:
        mark = "verified" if change.is_verified else "no longer verified"
        context.log.info("%s %s: %s, %s", change.sku, change.supplier_name, mark, change.reason)
    counts = Counter(label.label for label in labels(pipeline))
    return dg.MaterializeResult(
        metadata={**table_metadata(pipeline, "product_supplier_sheets"), "changed": len(changes), **counts}
    )


every_mark_follows_its_match = sql_check("every_mark_follows_its_match", "supplier_verification", of_all_accounts=True)
