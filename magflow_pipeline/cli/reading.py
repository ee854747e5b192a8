"""Verbs that show what is there: report, status, history."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from magflow_pipeline.cli.base import app, make_console, open_seller_database
from magflow_pipeline.decisions.stock import Status
from magflow_pipeline.reports.choices import Format, Language
from magflow_pipeline.settings import ConfigurationError, load_settings


@app.command()
def report(
    account: Annotated[list[str] | None, typer.Option(help="Only this account; may be repeated.")] = None,
    status: Annotated[
        list[Status] | None, typer.Option(help="Only this status; may be repeated. The table shows what runs out.")
    ] = None,
    file_format: Annotated[
        Format | None,
        typer.Option("--format", help="How to write it; by default as the file's name says, else a table."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="File to write, for csv, json and xlsx.")] = None,
    language: Annotated[Language, typer.Option(help="Language of the table.")] = Language.EN,
) -> None:
    """Show the low-stock report, or write all of it to a file."""
    from magflow_pipeline.accounts import known_names
    from magflow_pipeline.commands.report import format_of, show_report, write_report

    settings, console = load_settings(), make_console()
    accounts = known_names(settings, tuple(account)) if account else ()
    file_format = file_format or format_of(output)
    if file_format is Format.TABLE and output is not None:
        raise ConfigurationError("A table is for the terminal; --output takes --format csv, json or xlsx.")
    database = open_seller_database(settings, "read")
    if file_format is Format.TABLE:
        show_report(
            database, console, accounts, status or (), language=language, expected=accounts or settings.accounts
        )
    else:
        count = write_report(database, accounts, status or (), file_format, output)
        if output is not None:
            console.print(f"{count} rows in {output}")


@app.command()
def status() -> None:
    """Show where each account stands: its newest sync, how far a running one is, what is stored."""
    columns = ("account_type", "status", "started_at", "duration_seconds", "processed_items", "total_items")
    columns += ("pages_done", "pages_total", "expected_end_at", "last_complete_at", "offers", "last_error")
    _show("sync_status", columns, "Nothing was synced yet: magflow sync.", order_by=["account_type"])


@app.command()
def history(limit: Annotated[int, typer.Option(min=1, help="How many syncs.")] = 20) -> None:
    """Show the newest syncs, what they did and what went wrong."""
    columns = ("id", "account_type", "operation", "status", "started_at", "duration_seconds", "processed_items")
    columns += ("created_items", "updated_items", "failed_items", "api_requests_made", "triggered_by", "errors")
    _show("emag_sync_logs", columns, "Nothing was synced yet: magflow sync.", newest_first="started_at", limit=limit)


def _show(name: str, columns: Sequence[str], nothing: str, **arguments: Any) -> None:
    from magflow_pipeline.reports.printing import print_rows
    from magflow_pipeline.reports.tables import read_rows

    rows = read_rows(open_seller_database(load_settings(), "read"), name, **arguments)
    for row in rows:
        if row.get("errors"):  # a list; the last one says how it ended
            row["errors"] = row["errors"][-1]["error"]
    console = make_console()
    print_rows(console, rows, columns) if rows else console.print(nothing)
