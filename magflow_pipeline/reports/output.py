"""`magflow report`: the low-stock report on the terminal or in a file."""

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.dictionary import describe
from magflow_pipeline.files import write_whole
from magflow_pipeline.purchasing.stock import RUNNING_OUT, Status
from magflow_pipeline.reports.choices import Excel, Format, Language
from magflow_pipeline.reports.formats import to_csv, to_json, to_xlsx
from magflow_pipeline.reports.printing import print_counts, print_report, print_sales_sources
from magflow_pipeline.reports.tables import BUYING_ORDER, Row, read_rows
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.text import visible

REPORT = "low_stock_report"
WRITERS = {Format.CSV: to_csv, Format.JSON: to_json, Format.XLSX: to_xlsx}


def show_report(
    database: Database,
    console: Console,
    accounts: Sequence[str],
    statuses: Sequence[Status],
    *,
    language: Language = Language.EN,
    limit: int | None = None,
    expected: Sequence[str] = (),
    left_out: Sequence[str] = (),
) -> None:
    """Print the counts over the whole report, then its rows: without `statuses`, those that run out.

    `expected` accounts that the report lacks are named, and so are `left_out` ones.

    Raises:
        ConfigurationError: there is no report yet.
    """
    rows = _rows(database, accounts, statuses or [status for status in Status if status in RUNNING_OUT])
    only = {"account_type": accounts}
    by_account = read_rows(database, "low_stock_by_account", only=only, order_by=["account_type"])
    print_counts(console, by_account, language, expected, left_out)
    print_sales_sources(console, read_rows(database, "sales_sources", only=only, order_by=["account_type"]), language)
    print_report(console, rows, language, limit, words_of_codes(database, language))
    if not by_account:
        stored = sum(row["offers"] for row in read_rows(database, "sync_status", only=only))
        console.print(f"The report has no rows: none of the {stored} offers that are stored is active.")


def words_of_codes(database: Database, language: Language) -> dict[str, str]:
    """The words of the codes of demand, plan and cost; in English where a language lacks one."""
    only = {"language": [Language.EN.value, language.value]}
    rows = [
        row for view in ("cost_texts", "plan_texts", "demand_texts") for row in read_rows(database, view, only=only)
    ]
    return {row["code"]: row["words"] for row in sorted(rows, key=lambda row: row["language"] == language.value)}


def format_of(output: Path | None) -> Format:
    """The format that a file's name asks for; a table without a file.

    Raises:
        ConfigurationError: the name ends in none of them.
    """
    if output is None:
        return Format.TABLE
    suffix = output.suffix.lower().removeprefix(".")
    files = [each for each in Format if each is not Format.TABLE]
    if suffix not in files:
        *others, last = (f".{each}" for each in files)
        raise ConfigurationError(f"{output} says no format: name it {', '.join(others)} or {last}, or add --format.")
    return Format(suffix)


def write_report(
    database: Database,
    accounts: Sequence[str],
    statuses: Sequence[Status],
    file_format: Format,
    output: Path | None,
    excel: Excel | None = None,
) -> int:
    """Write the rows of the report, of every status unless some are named; returns their number.

    On a terminal, control characters are shown as escapes; a file or a pipe gets each text unchanged.

    Raises:
        ConfigurationError: there is no report yet, the file cannot be written, or a workbook would go to a terminal.
    """
    if file_format is Format.XLSX and output is None and sys.stdout.isatty():
        raise ConfigurationError("A workbook is not for the terminal: add --output low-stock.xlsx.")
    rows = _rows(database, accounts, statuses)
    columns = [column.name for column in describe(database, REPORT)]
    put_out(to_csv(rows, columns, excel) if excel else WRITERS[file_format](rows, columns), output)
    return len(rows)


def put_out(content: bytes, output: Path | None) -> None:
    """Write to a file, or to stdout.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    if output is None:
        write_out(content)
        return
    try:
        write_whole(output, content)
    except OSError as error:
        raise ConfigurationError(f"{output} cannot be written: {error.strerror or error}.") from None


def write_out(content: bytes) -> None:
    """Write to stdout: to a file or a pipe unchanged, on a terminal with control characters as escapes."""
    if sys.stdout.isatty():
        sys.stdout.write(visible(content.decode("utf-8-sig").replace("\r\n", "\n")))
    else:
        sys.stdout.buffer.write(content)


def _rows(database: Database, accounts: Sequence[str], statuses: Sequence[Status]) -> list[Row]:
    """In the order in which a buyer reads: what costs most a day first."""
    only = {"account_type": accounts, "status": [status.value for status in statuses]}
    rows = read_rows(database, REPORT, only=only, order_by=BUYING_ORDER)
    if not rows and not read_rows(database, REPORT, limit=1):
        _check_built(database)
    return rows


def _check_built(database: Database) -> None:
    """Accept an empty report that was built after a sync; otherwise raise why there is none."""
    if any(row["report_sync_id"] is not None for row in read_rows(database, "refresh_needed")):
        return
    if any(row["offers"] for row in read_rows(database, "sync_status")):
        raise ConfigurationError(
            "Offers are stored, and no report was built of them yet: `magflow sync` does it, and says why it cannot."
        )
    raise ConfigurationError("There is no report yet: run `magflow sync` first, or `magflow demo` to look around.")
