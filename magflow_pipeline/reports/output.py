"""`magflow report`: the low-stock report, or another view, on the terminal or in a file."""

import codecs
import io
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from psycopg import sql
from psycopg.rows import dict_row
from rich.console import Console

from magflow_pipeline.database.connection import Database
from magflow_pipeline.files import writing_whole
from magflow_pipeline.reports.choices import Excel, Format, Language, View
from magflow_pipeline.reports.formats import reading, write
from magflow_pipeline.reports.printing import TEXTS, print_counts, print_report, print_rows, print_sales_sources
from magflow_pipeline.reports.selection import RUNS_OUT, Filters, Selection, select, words_of_values
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.text import visible

MOST_ON_A_TERMINAL = 100  # rows of a table, unless more are asked for
FILES = tuple(each for each in Format if each is not Format.TABLE)


def show_report(
    database: Database,
    console: Console,
    filters: Filters,
    *,
    language: Language = Language.EN,
    limit: int = MOST_ON_A_TERMINAL,
    expected: Sequence[str] = (),
    left_out: Sequence[str] = (),
) -> None:
    """Print the counts over the whole report, then its first rows; without statuses, of what runs out and is kept.

    `expected` accounts that the report lacks are named, and so are `left_out` ones.

    Raises:
        ConfigurationError: there is no report yet.
    """
    _check_built(database)
    chosen = select(database, View.LOW_STOCK_REPORT, filters, None, limit)
    chosen = chosen if filters.status else chosen.and_also(RUNS_OUT)
    only = {"account_type": filters.account}
    with reading(database) as session:
        total = chosen.count(session)
        to_decide = chosen.and_also(sql.SQL("reorder_quantity IS NULL")).count(session)
        rows = session.cursor(row_factory=dict_row).execute(chosen.query(sql.SQL("*")), chosen.values).fetchall()
    by_account = read_rows(database, "low_stock_by_account", only=only, order_by=["account_type"])
    scan_words = words_of_values(database, language.value)["scan_status"]
    print_counts(console, by_account, language, expected, left_out, scan_words)
    print_sales_sources(console, read_rows(database, "sales_sources", only=only, order_by=["account_type"]), language)
    if any(row["needs_report"] for row in read_rows(database, "refresh_needed")):
        console.print(TEXTS[language]["behind"], style="yellow")
    print_report(console, rows, language, total, to_decide, words_of_codes(database, language))
    if not by_account:
        stored = sum(row["offers"] for row in read_rows(database, "sync_status", only=only))
        console.print(f"The report has no rows: none of the {stored} offers that are stored is active.")


def show_view(database: Database, console: Console, selection: Selection) -> None:
    """Print the first rows of a view, and how many there are.

    Raises:
        ConfigurationError: there is no report yet.
    """
    _check_built(database)
    with reading(database) as session:
        total = selection.count(session)
        query = selection.query(selection.cells())
        found = session.execute(query, selection.values).fetchall()
    headings = {column.name: column.heading for column in selection.columns}
    console.print(selection.title, style="italic")
    rows = [
        {
            column.name: column.words.get(str(value).lower(), value)
            if column.words and isinstance(value, bool)
            else value
            for column, value in zip(selection.columns, row, strict=True)
        }
        for row in found
    ]
    print_rows(console, rows, [*headings], headings)
    console.print(f"Rows shown: {len(found)} of {total}" if len(found) < total else f"Rows: {total}")


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
    if suffix not in FILES:
        *others, last = (f".{each}" for each in FILES)
        raise ConfigurationError(f"{output} says no format: name it {', '.join(others)} or {last}, or add --format.")
    return Format(suffix)


def write_report(
    database: Database, selection: Selection, file_format: Format, output: Path | None, excel: Excel | None = None
) -> int:
    """Write the rows of a view as they are read; returns their number.

    On a terminal, control characters are shown as escapes; a file or a pipe gets each text unchanged.

    Raises:
        ConfigurationError: there is no report yet, the file cannot be written, or a workbook would go to a terminal.
    """
    if file_format is Format.XLSX and output is None and sys.stdout.isatty():
        raise ConfigurationError("A workbook is not for the terminal: add --output low-stock.xlsx.")
    _check_built(database)
    with reading(database) as session, opened(output) as file:
        return write(session, selection, file_format, file, excel)


@contextmanager
def opened(output: Path | None) -> Generator[IO[bytes]]:
    """The file, or stdout.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    if output is None:
        if sys.stdout.isatty():
            with io.BufferedWriter(_Terminal()) as file:
                yield file
        else:
            yield sys.stdout.buffer
        return
    try:
        with writing_whole(output) as file:
            yield file
    except OSError as error:
        raise ConfigurationError(f"{output} cannot be written: {error.strerror or error}.") from None


class _Terminal(io.RawIOBase):
    """The terminal as a file that gets UTF-8: control characters become escapes."""

    def __init__(self) -> None:
        super().__init__()
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        sys.stdout.write(visible(self._decode.decode(bytes(data)).replace("\r\n", "\n")))
        return len(data)


def put_out(content: bytes, output: Path | None) -> None:
    """Write to a file, or to stdout.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    with opened(output) as file:
        file.write(content)


def write_out(content: bytes) -> None:
    """Write to stdout: to a file or a pipe unchanged, on a terminal with control characters as escapes."""
    put_out(content, None)


def _check_built(database: Database) -> None:
    """Accept a report with rows, and an empty one that was built after a sync; otherwise raise why there is none."""
    if read_rows(database, View.LOW_STOCK_REPORT, limit=1) or any(
        row["report_sync_id"] is not None for row in read_rows(database, "refresh_needed")
    ):
        return
    if any(row["offers"] for row in read_rows(database, "sync_status")):
        raise ConfigurationError(
            "Offers are stored, and no report was built of them yet: `magflow sync` does it, and says why it cannot."
        )
    raise ConfigurationError("There is no report yet: run `magflow sync` first, or `magflow demo` to look around.")
