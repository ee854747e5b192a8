# pyright: reportUnknownMemberType=false
# Dagster's decorators are only partially typed.
"""The documents that people and programs take from a folder."""

from datetime import timedelta
from typing import Any

import dagster as dg

from magflow_pipeline.defs.descriptions import documentation, group, kinds
from magflow_pipeline.defs.keys import PREFIX, keys_of
from magflow_pipeline.defs.plainly import told_plainly
from magflow_pipeline.defs.resources import DatabaseResource, SellerResource
from magflow_pipeline.defs.tags import READ_BY_TAG
from magflow_pipeline.reports.tables import markdown


@dg.asset(
    key_prefix=PREFIX,
    deps=keys_of("low_stock_report", "reorder_proposals"),
    group_name=group("reports"),
    owners=["team:purchasing"],
    kinds=kinds("python", "csv", "excel"),
    tags={READ_BY_TAG: "buyers"},
    code_version="1",
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(days=3), warn_window=timedelta(days=2)),
    metadata=documentation("docs/data.md"),
)
@told_plainly
def report_files(database: DatabaseResource, seller: SellerResource) -> dg.MaterializeResult[Any]:
    """The report and its views as files, in MAGFLOW_REPORT_FOLDER: `current` leads to the newest set.

    All of one moment, with a manifest (rows, sha256, coverage, schema), and there whole or not at all.
    """
    # Imported here: every process that works with Dagster loads this module, and few write a workbook.
    from magflow_pipeline.reports.folder import CURRENT, MANIFEST, write_documents

    settings = seller.settings()
    done = write_documents(database.open(), settings)
    files = [{"file": each.name, "rows": each.rows, "bytes": each.bytes} for each in done.documents]
    current = settings.reports / CURRENT
    return dg.MaterializeResult(
        metadata={
            "folder": dg.MetadataValue.path(str(current)),
            "manifest": dg.MetadataValue.path(str(current / MANIFEST)),
            "files": dg.MetadataValue.md(markdown(files)),
            "rows of the report": next(
                each.rows or 0 for each in done.documents if each.name == "low_stock_report.csv"
            ),
            "bytes": sum(each.bytes for each in done.documents),
            "simulated": done.simulated,
            "removed by retention": ", ".join(done.removed) or "none",
        }
    )
