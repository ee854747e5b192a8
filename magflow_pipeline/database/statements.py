"""The statements of `sql/transforms`, by name."""

from functools import cache
from typing import LiteralString, cast

from magflow_pipeline.settings import SQL_FOLDER


@cache
def transform(name: str) -> LiteralString:
    """The text of `sql/transforms/NAME.sql`: the repository's own, never made from data.

    A file with parameters and several statements needs a `psycopg.ClientCursor`.
    """
    return cast("LiteralString", (SQL_FOLDER / "transforms" / f"{name}.sql").read_text())


@cache
def check(name: str) -> LiteralString:
    """The text of `sql/checks/NAME.sql`: the rows that should not be there. Parameter: account, null for all."""
    return cast("LiteralString", (SQL_FOLDER / "checks" / f"{name}.sql").read_text())
