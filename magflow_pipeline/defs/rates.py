"""The exchange rates that costs are computed with."""

from typing import Any

import dagster as dg

from magflow_pipeline.defs.descriptions import documentation, group, kinds, table_metadata
from magflow_pipeline.defs.keys import PREFIX
from magflow_pipeline.defs.plainly import told_plainly
from magflow_pipeline.defs.resources import DatabaseResource, SellerResource
from magflow_pipeline.defs.tags import READ_BY_TAG
from magflow_pipeline.reports.tables import markdown
from magflow_pipeline.suppliers.rates import RatesError, read_rates, shown_rates
from magflow_pipeline.text import noted


@dg.asset(
    key_prefix=PREFIX,
    group_name=group("suppliers"),
    owners=["team:purchasing"],
    kinds=kinds("python", "postgres"),
    tags={READ_BY_TAG: "buyers"},
    code_version="1",
    metadata=documentation("docs/data.md", "docs/operations.md"),
)
@told_plainly
def exchange_rates(
    context: dg.AssetExecutionContext, database: DatabaseResource, seller: SellerResource
) -> dg.MaterializeResult[Any]:
    """What foreign money costs in RON: the National Bank's rates of each working day, and those entered by hand.

    One row per currency and day. A rate that a person entered for a day stays, one that cannot be is kept out.
    """
    db, settings = database.open(), seller.settings()
    try:
        read = read_rates(db, settings)
    except RatesError as error:
        raise dg.Failure(str(error)) from None
    for refused in read.refused:
        context.log.warning(noted(refused))
    return dg.MaterializeResult(
        metadata={
            "rates read": len(read.rates),
            "rows written": read.written,
            "kept out": dg.MetadataValue.md("\n".join(map(noted, read.refused)) or "none"),
            "rates": dg.MetadataValue.md(markdown(shown_rates(db, settings)) or "none"),
            **table_metadata(db, "exchange_rates"),
        }
    )
