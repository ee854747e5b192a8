"""Bulk loading with COPY, PostgreSQL's fastest way into a table."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from types import NoneType
from typing import Any

import psycopg
from psycopg import sql


def copy_statement(table: str, columns: Sequence[str]) -> sql.Composed:
    """COPY of `columns` into `table`, a name that the search path finds."""
    return sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(column) for column in columns)
    )


async def copy_rows_async(
    session: psycopg.AsyncConnection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Write `rows`; their values are in the order of `columns`, of the types that `copy_line` takes."""
    await copy_lines_async(session, table, columns, [f"{copy_line(row)}\n" for row in rows])


async def copy_lines_async(
    session: psycopg.AsyncConnection, table: str, columns: Sequence[str], lines: Iterable[str]
) -> None:
    """Write lines of `copy_line`, each with its end."""
    async with session.cursor() as cursor, cursor.copy(copy_statement(table, columns)) as copy:
        await copy.write("".join(lines))


def copy_line(values: Iterable[Any]) -> str:
    """The values as a line of COPY, without its end; it can be made before, while the server works on another page.

    Raises:
        KeyError: a type that is not among `_TEXTS`. Lists are of texts or of whole numbers.
    """
    return "\t".join([_TEXTS[value.__class__](value) for value in values])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _array(values: list[str] | list[int]) -> str:
    return _escaped(f"{{{','.join(map(_element, values))}}}") if values else "{}"


def _element(value: str | int) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return str(value)


_TEXTS: dict[type, Callable[[Any], str]] = {
    NoneType: lambda _: "\\N",
    str: _escaped,
    int: int.__repr__,
    bool: lambda value: "t" if value else "f",
    Decimal: Decimal.__str__,
    datetime: datetime.isoformat,
    bytes: lambda value: f"\\\\x{value.hex()}",
    list: _array,
}


def copy_rows(session: psycopg.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write `rows` on a synchronous session; their values are of any type."""
    with session.cursor() as cursor, cursor.copy(copy_statement(table, columns)) as copy:
        for row in rows:
            copy.write_row(row)
