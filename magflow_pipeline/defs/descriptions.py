"""Metadata of assets and materialisations: row counts, columns with the database's comments, a preview."""

from datetime import timedelta
from typing import Any

import dagster as dg

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.dictionary import describe
from magflow_pipeline.defs.load_time import SETTINGS
from magflow_pipeline.reports.tables import count_rows, preview
from magflow_pipeline.settings import shipped


def kinds(*names: str) -> set[str]:
    """The kinds of an asset, which the graph shows; in a demo home also `demo`."""
    return {*names, "demo"} if SETTINGS.is_demo else set(names)


def group(name: str) -> str:
    """The group of an asset; in a demo home it says so, because a collapsed asset graph shows only groups."""
    return f"demo_{name}" if SETTINGS.is_demo else name


def documentation(*pages: str) -> dict[str, Any]:
    """The project's documents, shown on an asset's page, with a link to the dashboard that MAGFLOW_DASHBOARD_URL names.

    Documents are shown whole, because a browser could not open a file's path.
    """
    demo = {"DEMO": "The numbers are made up by the simulator, and nothing is to be ordered from them."}
    documents = {page: dg.MarkdownMetadataValue(shipped(page).read_text(encoding="utf-8")) for page in pages}
    dashboard = {"dashboard": dg.MetadataValue.url(SETTINGS.dashboard_url)} if SETTINGS.dashboard_url else {}
    return {**(demo if SETTINGS.is_demo else {}), **dashboard, **documents}


def freshness() -> dg.FreshnessPolicy:
    """Freshness in the UI: a warning after two intervals of the schedule, a failure after three.

    Dagster evaluates the asset, not each account: the check every_account_is_fresh does that.
    """
    interval = timedelta(minutes=SETTINGS.sync_interval_minutes)
    return dg.FreshnessPolicy.time_window(fail_window=_as_shown(3 * interval), warn_window=_as_shown(2 * interval))


def _as_shown(window: timedelta) -> timedelta:
    """The window rounded up, because the UI rounds to hours from 45 minutes on and to days from 22 hours on.

    >>> str(_as_shown(timedelta(minutes=90))), str(_as_shown(timedelta(hours=36)))
    ('2:00:00', '2 days, 0:00:00')
    """
    unit = timedelta(days=1) if window >= timedelta(hours=22) else timedelta(hours=1)
    return window if window < timedelta(minutes=45) else -(-window // unit) * unit


def table_metadata(database: Database, table: str, account: str | None = None) -> dict[str, Any]:
    """Metadata of the table `app.TABLE`, counted and previewed for `account` if one is given."""
    columns = [
        dg.TableColumn(
            column.name,
            column.type,
            column.comment,
            constraints=dg.TableColumnConstraints(nullable=column.is_nullable),
        )
        for column in describe(database, table)
    ]
    only = {"account_type": (account,)} if account else None
    return {
        "dagster/table_name": f"app.{table}",
        "dagster/column_schema": dg.TableSchema(columns=columns),
        "dagster/partition_row_count" if account else "dagster/row_count": count_rows(database, table, only),
        "preview": dg.MetadataValue.md(preview(database, table, only)),
    }
