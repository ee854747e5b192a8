"""A selection of a report view as a file: CSV, JSON, workbook, HTML, each written as it is read, in constant memory.

For programs (CSV and JSON without a language) columns have their names, codes stay, times are ISO 8601 with an offset.
For people (workbook, page, CSV for a Romanian Excel) times are of Bucharest, which the heading names. JSON keeps the
names of columns as keys in every language. Not here: which rows there are (`selection.py`), where a file goes.
"""

import csv
import html
import io
import json
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

import psycopg
from psycopg import sql

from magflow_pipeline.accounts import SIMULATOR
from magflow_pipeline.database.connection import Database
from magflow_pipeline.reports.choices import Excel, Format, Language, View
from magflow_pipeline.reports.selection import RUNS_OUT, Selection, Shown, cell
from magflow_pipeline.reports.tables import Row
from magflow_pipeline.reports.wording import day, number
from magflow_pipeline.text import in_reading_order, in_spreadsheet, visible
from magflow_pipeline.times import BUCHAREST, ZONE, clock

WIDEST_COLUMN = 60
ROWS_MEASURED = 200
ROWS_AT_ONCE = 500
MOST_ROWS = 1_048_575  # of a sheet of Excel, below its headings
LONGEST_CELL = 16_000  # characters of up to two UTF-16 units each; Excel rejects a text above 32,767 units
FIRST_YEAR = 1900  # of Excel's calendar
EXACT_DIGITS = 15  # significant digits that Excel keeps of a number
_TIME, _ISO = "timestamp with time zone", 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00'
_INVISIBLE = re.compile("[\x7f-\x9f]")
# A terminal that shows a CSV obeys them; in UTF-8 none of their bytes is part of another character.
_CONTROLS = bytes({*range(32), 0x7F} - set(b"\t\r\n"))
# More of them, and what `in_reading_order` leaves out
_MORE_CONTROLS = re.compile(rb"\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]")
YES_NO = {"true": "da", "false": "nu"}
MARK = b"\xef\xbb\xbf"  # of UTF-8, without which Excel garbles diacritics


@contextmanager
def reading(database: Database) -> Generator[psycopg.Connection]:
    """A session that sees the tables as they are now until its end, whoever builds them meanwhile."""
    with database.connect("magflow report") as session, session.transaction():
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield session


def write(
    session: psycopg.Connection, selection: Selection, file_format: Format, file: IO[bytes], excel: Excel | None = None
) -> int:
    """Write the selection in a format; returns the number of rows. `excel` is for CSV.

    Raises:
        OSError: the file cannot be written.
    """
    if file_format is Format.CSV:
        return write_csv(session, selection, file, excel)
    return {Format.JSON: write_json, Format.XLSX: write_xlsx, Format.HTML: write_html}[file_format](
        session, selection, file
    )


def rows_as_json(rows: Sequence[Row]) -> bytes:
    """The same as `write_json`, of rows that Python made."""
    text = json.dumps(list(rows), default=_json_value, ensure_ascii=False, indent=1)
    return _without_invisible(text).encode()


def rows_as_csv(rows: Sequence[Row]) -> bytes:
    """The same as `write_csv` for programs, of rows that Python made."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerows([list(rows[0]), *([_plain(value) for value in row.values()] for row in rows)] if rows else [])
    return MARK + _without_controls(file.getvalue().encode())


def write_csv(session: psycopg.Connection, selection: Selection, file: IO[bytes], excel: Excel | None = None) -> int:
    """UTF-8 with a byte order mark; no text can act as a formula. Characters of control and direction are left out.

    For a Romanian Excel: semicolons, decimal commas, Bucharest time. Else for programs: commas, points, ISO times.
    """
    for_people = excel is Excel.RO
    headings = io.StringIO(newline="")
    delimiter = ";" if for_people else ","
    csv.writer(headings, delimiter=delimiter, lineterminator="\n").writerow(
        _headings(selection.columns) if for_people else [column.heading for column in selection.columns]
    )
    file.write(MARK + headings.getvalue().encode())
    cells = sql.SQL(", ").join(_csv_cell(column, for_people=for_people) for column in selection.columns)
    copied = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, DELIMITER {})").format(selection.query(cells), delimiter)
    cursor = session.cursor()
    with cursor.copy(copied, selection.values) as copy:
        for block in copy:
            file.write(_without_controls(bytes(block)))  # a row, or a part that ends with one
    return cursor.rowcount


def write_json(session: psycopg.Connection, selection: Selection, file: IO[bytes]) -> int:
    """A list of objects, one a line; money as exact strings; times in UTC, ISO 8601; control characters are escaped."""
    cells = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(_json_cell(column), sql.Identifier(column.name)) for column in selection.columns
    )
    query = sql.SQL("SELECT row_to_json(chosen)::text FROM ({}) AS chosen").format(selection.query(cells))
    count = 0
    for count, (text,) in enumerate(_rows(session, query, selection.values), 1):
        file.write(b",\n" if count > 1 else b"[\n")
        file.write(_without_invisible(text).encode())
    file.write(b"\n]\n" if count else b"[]\n")
    return count


def write_xlsx(session: psycopg.Connection, selection: Selection, file: IO[bytes]) -> int:
    """A workbook; of the report with two sheets: items that run out, and all items. Text is never a formula or a link.

    The sheets' names begin with DEMO when rows come from the simulator. What does not fit into a sheet of Excel goes on
    in another one. While it is written, its sheets lie in the temporary folder, so that memory does not grow.
    """
    from magflow_pipeline.reports.sheets import writing_workbook

    demo = "DEMO " if is_demo(session) else ""
    count = 0
    with writing_workbook(file, {"constant_memory": True}) as workbook:
        for title, shown in _sheets(selection).items():
            count = _write_sheets(
                workbook, demo + title, shown, _rows(session, shown.query(shown.cells()), shown.values)
            )
    return count


def write_html(session: psycopg.Connection, selection: Selection, file: IO[bytes]) -> int:
    """One page with a table, for a browser without network and for printing; text is only text."""
    language = Language.RO if selection.language == Language.RO.value else Language.EN
    title = f"{'DEMO ' if is_demo(session) else ''}{selection.title}"
    file.write(_PAGE.format(language=selection.language or "en", title=_in_html(title)).encode())
    file.write("".join(f"<th>{_in_html(heading)}</th>" for heading in _headings(selection.columns)).encode())
    file.write(b"</tr></thead>\n<tbody>\n")
    count = 0
    for row in _rows(session, selection.query(selection.cells()), selection.values):
        cells = (_html_cell(column, value, language) for column, value in zip(selection.columns, row, strict=True))
        file.write(f"<tr>{''.join(cells)}</tr>\n".encode())
        count += 1
    file.write(b"</tbody></table>\n</body></html>\n")
    return count


def is_demo(session: psycopg.Connection) -> bool:
    """Whether rows come from the simulator: made-up numbers, not to be ordered."""
    query = "SELECT EXISTS (SELECT FROM app.emag_accounts WHERE marketplace = %s)"
    return session.execute(query, [SIMULATOR]).fetchone() == (True,)


def _rows(session: psycopg.Connection, query: sql.Composed, values: Sequence[object]) -> Iterator[tuple[Any, ...]]:
    """The rows, a few at a time: the server keeps the others."""
    with psycopg.ServerCursor(session, "written") as cursor:
        cursor.itersize = ROWS_AT_ONCE
        yield from cursor.execute(query, values)


def _headings(columns: Sequence[Shown]) -> list[str]:
    """What people read above the columns; above times, with the zone."""
    return [f"{column.heading} ({ZONE})" if column.type == _TIME else column.heading for column in columns]


def _csv_cell(column: Shown, *, for_people: bool) -> sql.Composable:
    value = cell(column)
    if column.type == "text":
        return sql.SQL("app.in_spreadsheet({})").format(value)
    if column.type.endswith("[]"):
        return sql.SQL("app.in_spreadsheet(array_to_string({}, '; '))").format(value)
    if column.type == "boolean":
        words = column.words or (YES_NO if for_people else {"true": "True", "false": "False"})
        return sql.SQL("CASE {} WHEN true THEN {} WHEN false THEN {} END").format(value, words["true"], words["false"])
    if column.type == _TIME and not for_people:
        return sql.SQL("to_char({}, {})").format(value, _ISO)
    return _peoples_cell(column, value) if for_people else value


def _peoples_cell(column: Shown, value: sql.Composable) -> sql.Composable:
    """A number or a time as a Romanian Excel reads it."""
    if column.type == _TIME:
        return sql.SQL("to_char({} AT TIME ZONE {}, 'DD.MM.YYYY HH24:MI:SS')").format(value, ZONE)
    if column.type == "date":
        return sql.SQL("to_char({}, 'DD.MM.YYYY')").format(value)
    return sql.SQL("replace({}::text, '.', ',')").format(value) if column.type.startswith("numeric") else value


def _without_controls(content: bytes) -> bytes:
    return _MORE_CONTROLS.sub(b"", content.translate(None, _CONTROLS))


def _without_invisible(text: str) -> str:
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _json_value(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return in_spreadsheet(value) if isinstance(value, str) else _text(value)


def _json_cell(column: Shown) -> sql.Composable:
    value = cell(column)
    if column.type.startswith("numeric"):
        return sql.SQL("{}::text").format(value)
    return sql.SQL("to_char({}, {})").format(value, _ISO) if column.type == _TIME else value


def _sheets(selection: Selection) -> dict[str, Selection]:
    if selection.view is not View.LOW_STOCK_REPORT:
        return {selection.title: selection}
    return {selection.titles["low_stock"]: selection.and_also(RUNS_OUT), selection.titles["all_items"]: selection}


def _write_sheets(workbook: Any, title: str, selection: Selection, rows: Iterator[tuple[Any, ...]]) -> int:
    """Write one sheet after another until no row is left; returns the number of rows."""
    bold = workbook.add_format({"bold": True})
    time = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    date_only = workbook.add_format({"num_format": "yyyy-mm-dd"})
    headings = _headings(selection.columns)
    count, sheet, longest = 0, None, [len(heading) for heading in headings]
    for count, row in enumerate(rows, 1):
        line = (count - 1) % MOST_ROWS + 1
        if line == 1:
            _end_sheet(sheet, MOST_ROWS, longest)
            sheet = _new_sheet(workbook, title, headings, count // MOST_ROWS + 1, bold)
        for position, value in enumerate(row):
            _write(sheet, line, position, value, time, date_only)
        if line <= ROWS_MEASURED:
            longest = [max(most, len(_text(value))) for most, value in zip(longest, row, strict=True)]
    sheet = sheet or _new_sheet(workbook, title, headings, 1, bold)
    _end_sheet(sheet, count % MOST_ROWS, longest)
    return count


def _new_sheet(workbook: Any, title: str, headings: Sequence[str], part: int, bold: Any) -> Any:
    sheet = workbook.add_worksheet(title if part == 1 else f"{title} {part}")
    for position, heading in enumerate(headings):
        sheet.write_string(0, position, heading, bold)
    sheet.freeze_panes(1, 2)
    return sheet


def _end_sheet(sheet: Any, rows: int, longest: Sequence[int]) -> None:
    if sheet is None:
        return
    for position, width in enumerate(longest):
        sheet.set_column(position, position, min(width + 2, WIDEST_COLUMN))
    sheet.autofilter(0, 0, rows, len(longest) - 1)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _write(sheet: Any, row: int, column: int, value: object, time: Any, date_only: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, clock(value), time)
    elif isinstance(value, date) and value.year >= FIRST_YEAR:
        sheet.write_datetime(row, column, value, date_only)
    elif isinstance(value, int | float | Decimal) and _is_exact(value):
        sheet.write_number(row, column, Decimal(str(value)))  # a float would be written with its rounding
    else:
        text = in_reading_order(str(value))
        cut = f"{text[:LONGEST_CELL]}… ({len(text)} characters)"
        sheet.write_string(row, column, text if len(text) <= LONGEST_CELL else cut)


def _is_exact(value: float | Decimal) -> bool:
    """Whether Excel keeps the number exactly: it has no NaN and no infinity, and rounds long numbers."""
    exact = Decimal(value)
    return exact.is_finite() and len(exact.normalize().as_tuple().digits) <= EXACT_DIGITS


def _html_cell(column: Shown, value: object, language: Language) -> str:
    if isinstance(value, bool):
        return f"<td>{'✓' if value else ''}</td>"
    if isinstance(value, datetime):
        return f"<td>{day(value.astimezone(BUCHAREST).date(), language)} {value.astimezone(BUCHAREST):%H:%M:%S}</td>"
    if isinstance(value, date):
        return f"<td>{day(value, language)}</td>"
    if isinstance(value, int | Decimal) and not column.name.endswith("id") and Decimal(value).is_finite():
        places = max(0, -int(Decimal(value).as_tuple().exponent))
        return f"<td class=n>{number(Decimal(value), language, places)}</td>"
    return f"<td>{_in_html(_text(value))}</td>"


def _in_html(text: str) -> str:
    return html.escape(visible(text))


_PAGE = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body {{ font: 14px/1.4 system-ui, sans-serif; margin: 1rem; }}
table {{ border-collapse: collapse; }}
th, td {{ border: 1px solid #ccc; padding: 2px 6px; text-align: left; vertical-align: top; max-width: 30em;
  overflow-wrap: anywhere; }}
th {{ position: sticky; top: 0; background: #eee; }}
td.n {{ text-align: right; white-space: nowrap; }}
@page {{ size: A4 landscape; }}
@media print {{ body {{ margin: 0; font-size: 8px; }} thead {{ display: table-header-group; }} }}
</style></head>
<body><h1>{title}</h1>
<table><thead><tr>"""
