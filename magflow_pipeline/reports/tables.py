"""Reading the tables and views of the schema `app`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy
from sqlalchemy import column, func, select, table
from tabulate import tabulate

from magflow_pipeline.database.connection import Database
from magflow_pipeline.text import in_markdown, printable

PREVIEW_ROWS = 5
PREVIEW_COLUMNS = 8
LONGEST_CELL = 40

Row = dict[str, Any]
Only = Mapping[str, Sequence[str | int]]

# What costs most a day first; purchasing/cover.py explains it.
BUYING_ORDER: Sequence[sqlalchemy.ColumnElement[Any]] = (
    func.app.buying_order(
        column("status"), column("demand_method"), column("ron_at_risk_per_day"), column("available_quantity")
    ),
    column("account_type"),
    column("sku"),
)


def read_rows(
    database: Database,
    name: str,
    *,
    only: Only | None = None,
    order_by: Sequence[str | sqlalchemy.ColumnElement[Any]] = (),
    newest_first: str | None = None,
    limit: int | None = None,
) -> list[Row]:
    """Rows of `app.NAME`, where each column of `only` has one of the given values; no values, no condition.

    Money is Decimal, times are aware and UTC.
    """
    query = _selection(select(sqlalchemy.text("*")), name, only).order_by(*map(_ordering, order_by)).limit(limit)
    if newest_first:
        query = query.order_by(column(newest_first, sqlalchemy.DateTime).desc())
    with database.reading() as session:
        return [dict(row) for row in session.execute(query).mappings()]


def count_rows(database: Database, name: str, only: Only | None = None) -> int:
    """How many rows `read_rows` would give without a limit."""
    with database.reading() as session:
        return session.execute(_selection(select(func.count()), name, only)).scalar_one()


def preview(database: Database, name: str, only: Only | None = None) -> str:
    """The first rows and columns, as Markdown."""
    rows = read_rows(database, name, only=only, limit=PREVIEW_ROWS)
    return markdown([dict(list(row.items())[:PREVIEW_COLUMNS]) for row in rows])


def markdown(rows: Sequence[Row]) -> str:
    """Rows as a Markdown table; long cells are cut, and foreign text is escaped."""
    short = [{name: _markdown_cell(value) for name, value in row.items()} for row in rows]
    return tabulate(short, headers="keys", tablefmt="pipe", disable_numparse=True, preserve_whitespace=True)


def _markdown_cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, bool | int | float | Decimal | None):
        return str(value)
    text = printable(str(value))
    return in_markdown(text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…")


def _ordering(each: str | sqlalchemy.ColumnElement[Any]) -> sqlalchemy.ColumnElement[Any]:
    return column(each) if isinstance(each, str) else each


def _selection(query: sqlalchemy.Select[Any], name: str, only: Only | None) -> sqlalchemy.Select[Any]:
    query = query.select_from(table(name, schema="app"))
    for column_name, values in (only or {}).items():
        if values:
            query = query.where(column(column_name).in_(values))
    return query
