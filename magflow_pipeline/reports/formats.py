"""The low-stock report as a file: CSV, JSON, workbook. Columns are those of `app.low_stock_report`.

Times are ISO 8601 with an offset for programs (CSV, JSON), and Bucharest time, which the heading names, for people
(workbook, CSV for a Romanian Excel).
"""

import io
import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter

from magflow_pipeline.accounts import SIMULATOR
from magflow_pipeline.purchasing.stock import RUNNING_OUT
from magflow_pipeline.reports.choices import Excel
from magflow_pipeline.reports.tables import Row
from magflow_pipeline.text import in_spreadsheet
from magflow_pipeline.times import ZONE, clock

WIDEST_COLUMN = 60
ROWS_MEASURED = 200
LONGEST_CELL = 16_000  # characters of up to two UTF-16 units each; Excel rejects a text above 32,767 units
FIRST_YEAR = 1900  # of Excel's calendar
EXACT_DIGITS = 15  # significant digits that Excel keeps of a number


def to_csv(rows: Sequence[Row], columns: Sequence[str] = (), excel: Excel | None = None) -> bytes:
    """UTF-8 with a byte order mark, without which Excel garbles diacritics; no text can act as a formula.

    For a Romanian Excel: semicolons, decimal commas, Bucharest time. Else for programs: commas, points, ISO times.
    """
    import pandas as pd  # takes half a second, and only this format needs it

    names = _columns(rows, columns)
    for_people = excel is Excel.RO
    cell, headings = (_romanian, _headings(names, rows)) if for_people else (_plain, names)
    frame = pd.DataFrame([[cell(row[name]) for name in names] for row in rows], columns=headings, dtype=object)
    return frame.to_csv(sep=";" if for_people else ",", index=False, lineterminator="\r\n").encode("utf-8-sig")


def to_json(rows: Sequence[Row], columns: Sequence[str] = ()) -> bytes:  # noqa: ARG001  # all writers are called alike
    """A list of objects; money as exact strings; times in UTC, ISO 8601; control characters are escaped."""
    text = json.dumps(list(rows), default=_json_value, ensure_ascii=False, indent=1)
    return "".join(f"\\u{ord(each):04x}" if "\x7f" <= each <= "\x9f" else each for each in text).encode()


def to_xlsx(rows: Sequence[Row], columns: Sequence[str] = ()) -> bytes:
    """A workbook with two sheets: items that run out, and all items. Text is never read as a formula or a link.

    The sheets' names begin with DEMO when rows come from the simulator.
    """
    names = _columns(rows, columns)
    headings = _headings(names, rows)
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        bold = workbook.add_format({"bold": True})
        times = (
            workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            workbook.add_format({"num_format": "yyyy-mm-dd"}),
        )
        sheets = {
            "Low stock": [row for row in rows if row["status"] in RUNNING_OUT and row.get("is_kept") is not False],
            "All items": rows,
        }
        demo = "DEMO " if any(row.get("marketplace") == SIMULATOR for row in rows) else ""
        for title, shown in sheets.items():
            sheet = workbook.add_worksheet(demo + title)
            for position, heading in enumerate(headings):
                sheet.write_string(0, position, heading, bold)
                longest = max([len(heading), *(len(_plain(row[names[position]])) for row in shown[:ROWS_MEASURED])])
                sheet.set_column(position, position, min(longest + 2, WIDEST_COLUMN))
            for number, row in enumerate(shown, 1):
                for position, name in enumerate(names):
                    _write(sheet, number, position, row[name], *times)
            sheet.freeze_panes(1, 2)
            if names:
                sheet.autofilter(0, 0, len(shown), len(names) - 1)
    return file.getvalue()


def _columns(rows: Sequence[Row], columns: Sequence[str]) -> list[str]:
    return list(columns) or (list(rows[0]) if rows else [])


def _headings(names: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """The columns' names; for columns of times, with the zone."""
    times = {name for name in names if any(isinstance(row[name], datetime) for row in rows)}
    return [f"{name} ({ZONE})" if name in times else name for name in names]


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return in_spreadsheet(value)
    return "" if value is None else str(value)


def _romanian(value: object) -> str:
    if isinstance(value, datetime):
        return f"{clock(value):%d.%m.%Y %H:%M:%S}"
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, Decimal | float):
        return str(value).replace(".", ",")
    if isinstance(value, bool):
        return "da" if value else "nu"
    return _plain(value)


def _write(
    sheet: "xlsxwriter.Worksheet",
    row: int,
    column: int,
    value: object,
    time: "xlsxwriter.Format",
    day: "xlsxwriter.Format",
) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, clock(value), time)
    elif isinstance(value, date) and value.year >= FIRST_YEAR:
        sheet.write_datetime(row, column, value, day)
    elif isinstance(value, int | float | Decimal) and _is_exact(value):
        sheet.write_number(row, column, Decimal(str(value)))  # a float would be written with its rounding
    else:
        text = str(value)
        cut = f"{text[:LONGEST_CELL]}… ({len(text)} characters)"
        sheet.write_string(row, column, text if len(text) <= LONGEST_CELL else cut)


def _is_exact(number: float | Decimal) -> bool:
    """Whether Excel keeps the number exactly: it has no NaN and no infinity, and rounds long numbers."""
    exact = Decimal(number)
    return exact.is_finite() and len(exact.normalize().as_tuple().digits) <= EXACT_DIGITS


def _json_value(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
