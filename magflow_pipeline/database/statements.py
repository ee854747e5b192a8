"""The statements of `sql/`, by subject and name: `catalogue/known_offers` is `sql/catalogue/known_offers.sql`."""

from collections.abc import Mapping
from functools import cache
from typing import Any, LiteralString, cast

import psycopg

from magflow_pipeline.database.blockers import patiently_async
from magflow_pipeline.settings import SQL_FOLDER


@cache
def statement(name: str) -> LiteralString:
    """The text of `sql/SUBJECT/NAME.sql`: the repository's own, never made from data."""
    return cast("LiteralString", (SQL_FOLDER / f"{name}.sql").read_text())


async def run_statement(session: psycopg.AsyncConnection, name: str, **parameters: object) -> list[tuple[Any, ...]]:
    """Run all statements of the file in one transaction, retried while it meets a lock; the rows of the last one."""
    return await patiently_async(lambda: _run(session, name, parameters))


async def _run(session: psycopg.AsyncConnection, name: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
    async with session.transaction():
        cursor = psycopg.AsyncClientCursor(session)  # the server binds parameters of single statements only
        await cursor.execute(statement(name), parameters)
        while cursor.nextset():
            pass
        return await cursor.fetchall() if cursor.description else []


@cache
def check(name: str) -> LiteralString:
    """The text of `sql/checks/NAME.sql`, which finds rows that should not exist. Parameters: accounts, interval."""
    return statement(f"checks/{name}")
