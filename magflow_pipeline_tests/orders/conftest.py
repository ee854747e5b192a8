"""Syncs of orders against a marketplace of the test's own, each account of a database that the tests share."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from pydantic import SecretStr

from magflow_pipeline.accounts import Account
from magflow_pipeline.database.connection import Database
from magflow_pipeline.emag.limits import SpeedLimit
from magflow_pipeline.emag.orders import ORDERS
from magflow_pipeline.orders import sync as orders_sync
from magflow_pipeline.orders.options import OrderOptions
from magflow_pipeline.orders.sync import OrdersResult, sync_orders
from magflow_pipeline.settings import Settings
from magflow_pipeline.times import BUCHAREST
from magflow_pipeline_tests.conftest import TEMPLATE, _new_database
from magflow_pipeline_tests.orders.marketplace import Marketplace, selling

ACCOUNTS = 200


def ago(**parts: float) -> datetime:
    """The time in Bucharest so long ago, as the rows of orders have it."""
    return (datetime.now(UTC) - timedelta(**parts)).astimezone(BUCHAREST)


def day_ago(days: int) -> date:
    """The day in Bucharest so many days before today's."""
    return ago().date() - timedelta(days=days)


@dataclass
class Shop:
    """An account of a test's own, and what it sells."""

    account: str
    market: Marketplace
    database: Database
    settings: Settings
    session: psycopg.Connection = field(repr=False)
    said: list[str] = field(default_factory=list[str])

    def start(self, **options: Any) -> Any:
        """The coroutine of a sync."""
        login = Account(self.account, self.account, SecretStr("demo"), self.market.url, "test", "main", self.account)
        return sync_orders(
            self.database, self.settings, login, OrderOptions(**{"days": 1, **options}), tell=self.said.append
        )

    def sync(self, **options: Any) -> OrdersResult:
        """Sync to the end; one day of history, if not told otherwise."""
        return asyncio.run(self.start(**options))

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """The rows of a query whose first parameter is the account."""
        with self.session.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, [self.account, *parameters]).fetchall()

    def orders(self) -> dict[int, dict[str, Any]]:
        """The orders by their ids."""
        found = self.rows("SELECT * FROM emag_orders WHERE account_type = %s")
        return {row["order_id"]: row for row in found}

    def lines(self, order_id: int) -> list[dict[str, Any]]:
        """The lines of an order."""
        query = "SELECT * FROM emag_order_lines WHERE account_type = %s AND order_id = %s ORDER BY line_id"
        return self.rows(query, order_id)

    def windows(self, **only: Any) -> list[dict[str, Any]]:
        """The windows, newest first."""
        found = self.rows(
            "SELECT * FROM emag_order_windows WHERE account_type = %s ORDER BY starts_at DESC, axis, order_type DESC"
        )
        return [row for row in found if all(row[name] == value for name, value in only.items())]

    def log(self) -> dict[str, Any]:
        """The log of the newest sync."""
        [log] = self.rows("SELECT * FROM emag_sync_logs WHERE account_type = %s ORDER BY id DESC LIMIT 1")
        return log

    def errors(self) -> str:
        """What it says went wrong."""
        return "\n".join(error["error"] for error in self.log()["errors"])


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Permits are fetched as ever, but nobody waits for one: the limit has tests of its own."""
    monkeypatch.setattr(orders_sync, "ORDERS", replace(ORDERS, limit=SpeedLimit("orders", 1000, 60_000)))


@pytest.fixture(scope="module")
def open_shop(servers: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Shop]]:
    names = [f"shop{number}" for number in range(ACCOUNTS)]
    unused = iter(names)
    settings = Settings(
        MAGFLOW_HOME=tmp_path_factory.mktemp("home"), EMAG_ACCOUNTS=",".join(names), EMAG_RETRY_MAX_WAIT_SECONDS=0
    )
    with (
        selling() as market,
        contextmanager(_new_database)(servers("embedded"), TEMPLATE) as url,
        Database(url, "").connect("test") as session,
    ):
        yield lambda: Shop(next(unused), replace(market), Database(url, ""), settings, session)


@pytest.fixture
def shop(open_shop: Callable[[], Shop], fast: None) -> Iterator[Shop]:
    """An account that nobody else uses, with a marketplace of its own."""
    shop = open_shop()
    with selling() as market:
        shop.market = market
        yield shop
