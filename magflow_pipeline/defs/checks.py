"""Asset checks from `sql/checks`: a check passes when its query finds no row.

To add one: write the query, then one line beside the asset it is about.
"""

from typing import Any

import dagster as dg
from psycopg.rows import dict_row

from magflow_pipeline.database.connection import Database, open_database
from magflow_pipeline.database.statements import check
from magflow_pipeline.defs.resources import DatabaseResource
from magflow_pipeline.settings import load_settings

SHOWN = 10


def sql_check(
    name: str,
    asset: str,
    *,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
    of_all_accounts: bool = False,
) -> dg.AssetChecksDefinition:
    """The check `sql/checks/NAME.sql` on `asset`; the comment at its top is the description.

    In a run of one account it looks at that account, else, or where the asset is of all accounts, at all of them;
    its result names it.
    """
    comment = " ".join(line.removeprefix("--").strip() for line in check(name).splitlines() if line.startswith("--"))

    @dg.asset_check(name=name, asset=asset, description=f"Passes when there are none of these: {comment}")
    def run_check(
        context: dg.AssetCheckExecutionContext,
        database: DatabaseResource,  # noqa: ARG001  # holds the run's lock
    ) -> dg.AssetCheckResult:
        return evaluate(
            name, context.partition_key if context.has_partition_key and not of_all_accounts else None, severity
        )

    return run_check


def evaluate(
    name: str, account: str | None, severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR
) -> dg.AssetCheckResult:
    """The result of a check for `account`, or for all."""
    found = _find(open_database(load_settings()), name, account)
    what = f"account {account}" if account else "all accounts"
    return dg.AssetCheckResult(
        passed=not found,
        severity=severity,
        description=f"{what}: {len(found)} found" if found else f"{what}: none found",
        metadata={"account": account or "all", "found": len(found), **_first(found)},
    )


def _find(database: Database, name: str, account: str | None) -> list[dict[str, Any]]:
    settings = load_settings()
    parameters = {
        "account": account,
        "accounts": list(settings.accounts),
        "interval": settings.sync_interval_minutes,
    }
    with database.connect(f"magflow check {name}") as session, session.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(check(name), parameters).fetchall()


def _first(found: list[dict[str, Any]]) -> dict[str, dg.MetadataValue[Any]]:
    return (
        {f"first {SHOWN}": dg.MetadataValue.json([{k: str(v) for k, v in row.items()} for row in found[:SHOWN]])}
        if found
        else {}
    )
