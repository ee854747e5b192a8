"""Reading the tables and views of the schema `app`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from magflow_pipeline.database.connection import Database
from magflow_pipeline.text import in_markdown, printable

PREVIEW_ROWS = 5
PREVIEW_COLUMNS = 8
LONGEST_CELL = 40

Row = dict[str, Any]
Only = Mapping[str, Sequence[str | int]]

# What costs most a day first; purchasing/cover.py explains it.
BUYING_ORDER = (
    sql.SQL("app.buying_order(status, demand_method, ron_at_risk_per_day, available_quantity)"),
    "account_type",
    "sku",
)


def read_rows(
    database: Database,
    name: str,
    *,
    only: Only | None = None,
    order_by: Sequence[str | sql.Composable] = (),
    newest_first: str | None = None,
    limit: int | None = None,
) -> list[Row]:
    """Rows of `app.NAME`, where each column of `only` has one of the given values; no values, no condition.

    Money is Decimal, times are aware and UTC.
    """
    order = [
        *map(_ordering, order_by),
        *([sql.SQL("{} DESC").format(sql.Identifier(newest_first))] if newest_first else []),
    ]
    query = sql.SQL("SELECT * FROM {}{}{}{}").format(
        sql.Identifier("app", name),
        _condition(only),
        sql.SQL(" ORDER BY ") + sql.SQL(", ").join(order) if order else sql.SQL(""),
        sql.SQL("") if limit is None else sql.SQL(" LIMIT {}").format(limit),
    )
    with database.connect() as session, session.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, _values(only)).fetchall()


def count_rows(database: Database, name: str, only: Only | None = None) -> int:
    """How many rows `read_rows` would give without a limit."""
    query = sql.SQL("SELECT count(*) FROM {}{}").format(sql.Identifier("app", name), _condition(only))
    with database.connect() as session:
        [(count,)] = session.execute(query, _values(only)).fetchall()
    return count


def preview(database: Database, name: str, only: Only | None = None) -> str:
    """The first rows and columns, as Markdown."""
    rows = read_rows(database, name, only=only, limit=PREVIEW_ROWS)
    return markdown([dict(list(row.items())[:PREVIEW_COLUMNS]) for row in rows])


def markdown(rows: Sequence[Row]) -> str:
    """Rows as a Markdown table; long cells are cut, and foreign text is escaped."""
    from tabulate import tabulate  # for the UI alone

    short = [{name: _markdown_cell(value) for name, value in row.items()} for row in rows]
    return tabulate(short, headers="keys", tablefmt="pipe", disable_numparse=True, preserve_whitespace=True)


def _markdown_cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, bool | int | float | Decimal | None):
        return str(value)
    text = printable(str(value))
    return in_markdown(text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…")


def _ordering(each: str | sql.Composable) -> sql.Composable:
    return sql.Identifier(each) if isinstance(each, str) else each


def _condition(only: Only | None) -> sql.Composable:
    wanted = [sql.SQL("{} = ANY(%s)").format(sql.Identifier(name)) for name, values in (only or {}).items() if values]
    return sql.SQL(" WHERE ") + sql.SQL(" AND ").join(wanted) if wanted else sql.SQL("")


def _values(only: Only | None) -> list[list[str | int]]:
    # psycopg writes the members of an enumeration by their names.
    return [
        [str(each) if isinstance(each, str) else each for each in values] for values in (only or {}).values() if values
    ]
