# pyright: reportUnknownMemberType=false
# Dagster's decorators are only partially typed.
"""What keeps the shop safe: back-ups."""

from datetime import timedelta
from typing import Any

import dagster as dg

from magflow_pipeline.backups.backup import back_up
from magflow_pipeline.defs.descriptions import documentation, group, kinds
from magflow_pipeline.defs.keys import PREFIX
from magflow_pipeline.defs.plainly import told_plainly
from magflow_pipeline.defs.resources import DatabaseResource, SellerResource
from magflow_pipeline.defs.tags import READ_BY_TAG


@dg.asset(
    key_prefix=PREFIX,
    group_name=group("operations"),
    owners=["team:operations"],
    kinds=kinds("python", "postgres"),
    tags={READ_BY_TAG: "operators"},
    code_version="1",
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(days=3), warn_window=timedelta(days=2)),
    metadata=documentation("docs/operations.md"),
)
@told_plainly
def database_backup(
    context: dg.AssetExecutionContext, database: DatabaseResource, seller: SellerResource
) -> dg.MaterializeResult[Any]:
    """A back-up of both databases, proven by a restore into a scratch database and a comparison of every table.

    Its row is in the table backups, its file in MAGFLOW_BACKUP_FOLDER; of earlier ones the newest of 14 days and of
    8 weeks stay, or as many as the settings say.
    """
    done = back_up(database.open(), seller.settings(), tell=context.log.info)
    return dg.MaterializeResult(
        metadata={
            "file": dg.MetadataValue.path(str(done.file)),
            "size in bytes": done.size_bytes,
            "tables compared": done.tables,
            "rows": done.rows,
            "seconds": round(done.seconds, 1),
            "removed by retention": ", ".join(path.name for path in done.removed) or "none",
        }
    )
