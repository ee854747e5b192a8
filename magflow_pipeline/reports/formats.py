"""The low-stock report as a file: CSV, JSON, workbook. Columns are those of `app.low_stock_report`."""

import io
import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from magflow_pipeline.decisions.stock import RUNNING_OUT
from magflow_pipeline.reports.tables import Row

if TYPE_CHECKING:
    import pandas as pd

BUCHAREST = ZoneInfo("Europe/Bucharest")
WIDEST_COLUMN = 60
LONGEST_CELL = 32_767  # characters that a cell of a workbook holds


def to_csv(rows: Sequence[Row]) -> bytes:
    """UTF-8 with a byte order mark, which Excel needs to see the diacritics; times in Europe/Bucharest."""
    return _frame(rows).to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def to_json(rows: Sequence[Row]) -> bytes:
    """A list of objects; money as strings, exact; times in UTC, ISO 8601."""
    return json.dumps(list(rows), default=_json_value, ensure_ascii=False, indent=1).encode()


def to_xlsx(rows: Sequence[Row]) -> bytes:
    """A workbook with two sheets: what runs out, and everything. Text is never read as a formula."""
    import pandas as pd

    everything = _frame([{name: _fitting(value) for name, value in row.items()} for row in rows])
    running_out = everything[[row["status"] in RUNNING_OUT for row in rows]] if rows else everything
    file = io.BytesIO()
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    with pd.ExcelWriter(file, engine="xlsxwriter", engine_kwargs=options) as workbook:
        for name, frame in (("Low stock", running_out), ("All items", everything)):
            frame.to_excel(workbook, sheet_name=name, index=False)  # pyright: ignore[reportUnknownMemberType]
            sheet = workbook.sheets[name]
            sheet.freeze_panes(1, 2)
            if len(frame.columns):
                sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
            for position, column in enumerate(frame.columns):
                longest = max([len(str(column)), *(len(str(cell)) for cell in frame[column].head(200))])
                sheet.set_column(position, position, min(longest + 2, WIDEST_COLUMN))
    return file.getvalue()


def _frame(rows: Sequence[Row]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame([{name: _local(value) for name, value in row.items()} for row in rows], dtype=object)


def _local(value: Any) -> Any:
    """A time as people read it: in Bucharest, to the second, without a zone (Excel knows none)."""
    return value.astimezone(BUCHAREST).replace(tzinfo=None, microsecond=0) if isinstance(value, datetime) else value


def _fitting(value: Any) -> Any:
    return value[:LONGEST_CELL] if isinstance(value, str) else value


def _json_value(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
