"""Verbs that show stored data: report, demand, explain, digest, status, history."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from magflow_pipeline.cli.base import app, load_settings, make_console, open_seller_database, say_if_demo
from magflow_pipeline.purchasing.statuses import Status
from magflow_pipeline.reports.choices import (
    DigestFormat,
    DocumentLanguage,
    Excel,
    Format,
    Language,
    Period,
    StoryFormat,
    View,
)
from magflow_pipeline.text import counted
from magflow_pipeline.wrong_values import ConfigurationError

if TYPE_CHECKING:
    from rich.console import Console

    from magflow_pipeline.database.connection import Database
    from magflow_pipeline.settings import Settings

MOST_INCIDENTS = 20  # that `status` shows


@app.command()
def report(
    view: Annotated[View, typer.Option(help="What to show or write.")] = View.LOW_STOCK_REPORT,
    account: Annotated[list[str] | None, typer.Option(help="Only this account; may be repeated.")] = None,
    status: Annotated[
        list[Status] | None,
        typer.Option(help="Only this status; may be repeated. The table of the report shows what runs out."),
    ] = None,
    supplier: Annotated[list[str] | None, typer.Option(help="Only of this supplier; may be repeated.")] = None,
    brand: Annotated[list[str] | None, typer.Option(help="Only this brand; may be repeated.")] = None,
    category: Annotated[list[int] | None, typer.Option(help="Only this eMAG category; may be repeated.")] = None,
    min_price: Annotated[float | None, typer.Option(min=0, help="Only at this selling price or above.")] = None,
    max_price: Annotated[float | None, typer.Option(min=0, help="Only at this selling price or below.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, max=1_000_000_000, help="How many rows; of a table 100, of a file all.")
    ] = None,
    file_format: Annotated[
        Format | None,
        typer.Option("--format", help="How to write it; by default as the file's name says, else a table."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="File to write: .csv, .json, .xlsx or .html.")] = None,
    excel: Annotated[
        Excel | None,
        typer.Option(
            help="A CSV that the Excel of this country opens right. ro: semicolons, decimal commas, "
            "times of Bucharest. Without it a CSV is for programs: commas, points, ISO times."
        ),
    ] = None,
    language: Annotated[
        DocumentLanguage | None,
        typer.Option(
            help="Language of headings, statuses and sentences; bg and hu have headings. By default MAGFLOW_LANGUAGE "
            "for table and html, and for csv, json and xlsx the names of columns and codes."
        ),
    ] = None,
) -> None:
    """Show the low-stock report or another view, what waiting costs most first, or write it: csv, json, xlsx, html.

    The whole report as html is a page for buyers that needs no network: what to order, to move and to decide, every
    item with its reason, filters, plots, English and Romanian. Of other views, or with filters here, it is a table.
    Prices are without VAT. JSON holds every text exactly, and its keys are the names of columns in every language. In a
    CSV, text that a spreadsheet would take for a formula begins with an apostrophe; in a workbook it is text.
    """
    from magflow_pipeline.accounts import known_names
    from magflow_pipeline.catalogue.known_accounts import accounts_left_out
    from magflow_pipeline.reports.output import (
        MOST_ON_A_TERMINAL,
        format_of,
        show_report,
        show_view,
        write_report,
    )
    from magflow_pipeline.reports.selection import Filters, select

    settings, console = load_settings(), make_console()
    file_format = file_format or (Format.CSV if excel and output is None else format_of(output))
    if excel and file_format is not Format.CSV:
        raise ConfigurationError(f"--excel is for --format csv; {file_format} is the same for every Excel.")
    if file_format is Format.TABLE and output is not None:
        raise ConfigurationError("A table is for the terminal; --output takes --format csv, json, xlsx or html.")
    accounts = known_names(settings, tuple(account or ()))
    filters = Filters(
        account=accounts if account or view is View.LOW_STOCK_REPORT else (),
        status=status or (),
        supplier=supplier or (),
        brand=brand or (),
        category=category or (),
        min_price=None if min_price is None else Decimal(str(min_price)),
        max_price=None if max_price is None else Decimal(str(max_price)),
    )
    database = open_seller_database(settings, "read")
    if language is None and file_format in (Format.TABLE, Format.HTML):
        language = DocumentLanguage(settings.language)
    is_whole = not any((account, status, supplier, brand, category, limit)) and min_price is None and max_price is None
    if file_format is Format.HTML and view is View.LOW_STOCK_REPORT and is_whole:
        _write_page(database, console, settings, output, Language.RO if language == "ro" else Language.EN)
        return
    if file_format is not Format.TABLE:
        count = write_report(database, select(database, view, filters, language, limit), file_format, output, excel)
        if output is not None:
            console.print(f"{counted(count, 'row')} in {output}")
        return
    say_if_demo(console, settings)
    limit = limit or MOST_ON_A_TERMINAL
    if view is View.LOW_STOCK_REPORT:
        left_out = accounts_left_out(database, settings)
        words = Language.RO if language is DocumentLanguage.RO else Language.EN
        show_report(database, console, filters, language=words, limit=limit, expected=accounts, left_out=left_out)
    else:
        show_view(database, console, select(database, view, filters, language, limit))


def _write_page(
    database: "Database", console: "Console", settings: "Settings", output: Path | None, language: Language
) -> None:
    from magflow_pipeline.reports.page import write_page

    rows = write_page(database, output, language, stale_after=3 * timedelta(minutes=settings.sync_interval_minutes))
    if output is not None:
        console.print(f"{counted(rows['all'], 'row')} in {output}")


@app.command()
def demand(
    sku: Annotated[str, typer.Argument(help="The item's SKU, as in the report.")],
    account: Annotated[list[str] | None, typer.Option(help="Only this account; may be repeated.")] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How many days to plot, up to today.")] = 180,
    file_format: Annotated[StoryFormat, typer.Option("--format", help="How to write it.")] = StoryFormat.TEXT,
    language: Annotated[Language, typer.Option(help="Language of the text.")] = Language.EN,
) -> None:
    """Show what one item sold and is expected to sell: how that is known, spikes, campaigns, cover, and a plot.

    JSON has each day. Days are those of Bucharest.
    """
    from magflow_pipeline.accounts import known_names
    from magflow_pipeline.reports.formats import rows_as_json
    from magflow_pipeline.reports.output import words_of_codes, write_out
    from magflow_pipeline.reports.story import read_story, show_story

    settings, console = load_settings(), make_console()
    database = open_seller_database(settings, "read")
    stories = read_story(database, known_names(settings, tuple(account or ())), sku, days)
    if file_format is StoryFormat.JSON:
        write_out(rows_as_json(stories))
        return
    say_if_demo(console, settings)
    show_story(console, stories, language, words_of_codes(database, language))


@app.command()
def explain(
    sku: Annotated[str, typer.Argument(help="The item's SKU, as in the report.")],
    account: Annotated[list[str] | None, typer.Option(help="Only this account; may be repeated.")] = None,
    language: Annotated[Language, typer.Option(help="Language of the text.")] = Language.EN,
) -> None:
    """Show how what is ordered of one item follows from its demand, lead time, cost and stock, step by step.

    Each number is one of the report's row, or of the tables that it names, or follows from those beside it.
    """
    from magflow_pipeline.accounts import known_names
    from magflow_pipeline.reports.explanation import explain as print_explanation
    from magflow_pipeline.reports.output import words_of_codes

    settings, console = load_settings(), make_console()
    database = open_seller_database(settings, "read")
    accounts = known_names(settings, tuple(account or ()))
    say_if_demo(console, settings)
    print_explanation(database, console, accounts, sku, language, words_of_codes(database, language))


@app.command()
def digest(
    period: Annotated[
        Period, typer.Option(help="What it is about: a day, a week from Monday, or a month.")
    ] = Period.DAY,
    day: Annotated[
        str | None,
        typer.Option(help="A day of that period, such as 2026-11-25, in Bucharest; by default today: so far."),
    ] = None,
    language: Annotated[
        Language | None, typer.Option(help="Language of the digest; by default MAGFLOW_LANGUAGE.")
    ] = None,
    file_format: Annotated[
        DigestFormat | None,
        typer.Option("--format", help="How to write it; by default as the file's name says, else text."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="File to write: .txt or .html.")] = None,
) -> None:
    """Show what a day, week or month came to: stock, orders, syncs against their targets, what is wrong.

    MAGFLOW_DIGEST lets it be sent by itself. Times of Bucharest.
    """
    from magflow_pipeline.files import write_whole
    from magflow_pipeline.imports.values import ANY_DAY, UnusableError, read_day
    from magflow_pipeline.reports.digest import digest_message
    from magflow_pipeline.times import clock

    settings, console = load_settings(), make_console()
    try:
        chosen = clock(datetime.now(UTC)).date() if day is None else read_day(day, ANY_DAY)
    except UnusableError as error:
        raise ConfigurationError(f"--day: {error}.") from None
    if file_format is None:
        is_page = output is not None and output.suffix.lower() in (".html", ".htm")
        file_format = DigestFormat.HTML if is_page else DigestFormat.TEXT
    database = open_seller_database(settings, "read")
    language = language or Language(settings.language)
    message = digest_message(database, settings, chosen, period, language)
    content = message.html if file_format is DigestFormat.HTML else message.text
    if output is not None:
        try:
            write_whole(output, content.encode())
        except OSError as error:
            raise ConfigurationError(f"{output} cannot be written: {error.strerror or error}.") from None
        console.print(f"The digest is in {output}")
    elif file_format is DigestFormat.HTML:
        sys.stdout.write(content)
    else:
        console.print(content.rstrip("\n"))


@app.command()
def status() -> None:
    """Show where each account stands, offers and orders, and what is wrong, since when. Times of Bucharest.

    Per account its newest sync, wrong since when its syncs do not complete, how far a running one is, what is stored.
    """
    columns = ("account_type", "status", "wrong_since", "started_at", "duration_seconds", "processed_items")
    columns += ("total_items", "pages_done", "pages_total", "expected_end_at", "last_complete_at", "proof", "offers")
    columns += ("last_error",)
    rows = _show("sync_status", columns, "Nothing was synced yet: magflow sync.", order_by=["account_type"])
    _show_orders()
    configured, console = load_settings().accounts, make_console()
    for row in rows:
        name, former = row["account_type"], row["renamed_from"]
        if name not in configured:
            console.print(f"{name}: not configured (history kept). EMAG_ACCOUNTS holds: {', '.join(configured)}.")
        elif former is not None:
            console.print(f"{name}: was called {former} before, and kept its rows.")
    _show_incidents(console)


@app.command()
def history(limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many syncs.")] = 20) -> None:
    """Show the newest syncs, what they did and what went wrong, and what was wrong since when. Times of Bucharest."""
    columns = ("id", "sync_type", "account_type", "operation", "status", "started_at", "duration_seconds")
    columns += ("processed_items",)
    columns += ("created_items", "updated_items", "failed_items", "api_requests_made", "triggered_by", "errors")
    _show("emag_sync_logs", columns, "Nothing was synced yet: magflow sync.", newest_first="started_at", limit=limit)
    columns = ("severity", "headline", "opened_at", "closed_at", "first_error")
    none, only = "No incident is known.", {"language": [load_settings().language]}
    more = {"only": only, "newest_first": "opened_at", "limit": limit}
    _show_more("What was wrong, or still is:", "incident_messages", columns, none, **more)


def _show_incidents(console: "Console") -> None:
    """Print open incidents below the rows of `status`, the gravest first, as many as people read."""
    from magflow_pipeline.alerts.overview import open_incidents
    from magflow_pipeline.reports.printing import print_rows

    settings = load_settings()
    incidents = open_incidents(open_seller_database(settings, "read"), settings.language)
    console.print("")
    if not incidents:
        console.print("No incident is open.")
        return
    console.print("What is wrong:", style="italic")
    rows = [asdict(each) for each in incidents[:MOST_INCIDENTS]]
    print_rows(console, rows, ("severity", "headline", "opened_at", "worsened_at", "first_error"))
    if len(incidents) > MOST_INCIDENTS:
        console.print(f"... and {len(incidents) - MOST_INCIDENTS} more: magflow alerts")


def _show_orders() -> None:
    """Show the orders of each account, and the gaps in them, once some were read."""
    from magflow_pipeline.orders.gaps import gap_sentences
    from magflow_pipeline.reports.printing import print_rows
    from magflow_pipeline.reports.tables import read_rows

    settings, console = load_settings(), make_console()
    database = open_seller_database(settings, "read")
    rows = [
        row for row in read_rows(database, "order_status", order_by=["account_type"]) if row["sync_log_id"] is not None
    ]
    if not rows:
        console.print("No orders were read yet: magflow orders.")
        return
    columns = ("account_type", "status", "started_at", "duration_seconds", "pages_done", "pages_total", "read_to")
    columns += ("read_back_to", "windows_left", "orders", "order_lines", "last_error")
    console.print("Orders:")
    print_rows(console, rows, columns)
    for sentence in gap_sentences(database, settings):
        console.print(sentence)


def _show(name: str, columns: Sequence[str], nothing: str, **arguments: Any) -> list[dict[str, Any]]:
    from magflow_pipeline.reports.printing import last_error, print_rows
    from magflow_pipeline.reports.tables import read_rows

    rows = read_rows(open_seller_database(load_settings(), "read"), name, **arguments)
    for row in rows:
        if "errors" in row:  # the newest entry is how the sync ended
            row["errors"] = last_error(row["errors"])
    console = make_console()
    say_if_demo(console, load_settings())
    print_rows(console, rows, columns) if rows else console.print(nothing)
    return rows


def _show_more(title: str, name: str, columns: Sequence[str], nothing: str, **arguments: Any) -> None:
    """Show rows below those of `_show`."""
    from magflow_pipeline.reports.printing import print_rows
    from magflow_pipeline.reports.tables import read_rows

    rows = read_rows(open_seller_database(load_settings(), "read"), name, **arguments)
    console = make_console()
    console.print("")
    if rows:
        console.print(title, style="italic")
        print_rows(console, rows, columns)
    else:
        console.print(nothing)
