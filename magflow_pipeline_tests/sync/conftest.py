"""Syncs of the configured accounts, and looks into the tables."""

import asyncio
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from magflow_pipeline.accounts import Account
from magflow_pipeline.database.connection import Database
from magflow_pipeline.settings import load_settings
from magflow_pipeline.sync.options import make_options
from magflow_pipeline.sync.scan import ScanResult, sync_account


@pytest.fixture
def start_sync(database: Database, accounts: Callable[[], dict[str, Account]]) -> Callable[..., Any]:
    """The coroutine of a sync of an account, with some options."""

    def start(account: str = "main", tell: Callable[[str], None] = print, **options: Any) -> Any:
        settings = load_settings()
        return sync_account(database, settings, accounts()[account], make_options(settings, **options), tell=tell)

    return start


@pytest.fixture
def sync(start_sync: Callable[..., Any]) -> Callable[..., ScanResult]:
    """Sync an account to the end."""
    return lambda *account, **options: asyncio.run(start_sync(*account, **options))


@pytest.fixture
def rows(session: psycopg.Connection) -> Callable[..., list[dict[str, Any]]]:
    """The rows of a query, each a dict."""

    def read(query: str, *parameters: Any) -> list[dict[str, Any]]:
        with session.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, parameters).fetchall()

    return read


@pytest.fixture
def newest_log(rows: Callable[..., list[dict[str, Any]]]) -> Callable[[], dict[str, Any]]:
    """The log of the sync that started last."""
    return lambda: rows("SELECT * FROM emag_sync_logs ORDER BY id DESC LIMIT 1")[0]


async def until(look: Callable[[], Any], seconds: float = 5) -> Any:
    """What `look` gives, once that is not nothing; a running sync goes on between two looks."""
    async with asyncio.timeout(seconds):
        while not (found := look()):  # noqa: ASYNC110  # another session writes what is looked for
            await asyncio.sleep(0.02)
        return found
