"""Bulk loading with COPY, PostgreSQL's fastest way into a table."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
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
    await copy_lines_async(session, table, columns, [copy_line(row) + b"\n" for row in rows])


async def copy_lines_async(
    session: psycopg.AsyncConnection, table: str, columns: Sequence[str], lines: Iterable[bytes]
) -> None:
    """Write lines of `copy_line`, each with its end."""
    async with session.cursor() as cursor, cursor.copy(copy_statement(table, columns)) as copy:
        await copy.write(b"".join(lines))


def copy_line(values: Iterable[Any]) -> bytes:
    """The values as a line of COPY, without its end; it can be made before, while the server works on another page.

    Raises:
        KeyError: a type that is not among `_TEXTS`. Lists are of texts or of whole numbers.
    """
    return "\t".join(["\\N" if value is None else _TEXTS[value.__class__](value) for value in values]).encode()


def _escaped(text: str) -> str:
    if "\\" in text:  # to look takes less than to replace: most texts have none of them
        text = text.replace("\\", "\\\\")
    if "\t" in text:
        text = text.replace("\t", "\\t")
    if "\n" in text:
        text = text.replace("\n", "\\n")
    if "\r" in text:
        text = text.replace("\r", "\\r")
    return text


def _array(values: list[str] | list[int]) -> str:
    if not values:
        return "{}"
    if isinstance(values[0], str):
        return _escaped(f"{{{','.join(map(_element, values))}}}")
    return f"{{{str(values)[1:-1]}}}"


def _element(value: object) -> str:
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _time(value: datetime) -> str:
    # Of UTC alone: where clocks go back, two times of one zone are equal that are not the same.
    return _time_of_utc(value) if value.tzinfo is UTC else value.isoformat()


@lru_cache
def _time_of_utc(value: datetime) -> str:
    """That of a page is in all of its rows."""
    return value.isoformat()


_TEXTS: dict[type, Callable[[Any], str]] = {
    str: _escaped,
    int: int.__repr__,
    bool: lambda value: "t" if value else "f",
    Decimal: Decimal.__str__,
    datetime: _time,
    bytes: lambda value: f"\\\\x{value.hex()}",
    list: _array,
}


def copy_rows(session: psycopg.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write `rows` on a synchronous session; their values are of any type."""
    with session.cursor() as cursor, cursor.copy(copy_statement(table, columns)) as copy:
        for row in rows:
            copy.write_row(row)
