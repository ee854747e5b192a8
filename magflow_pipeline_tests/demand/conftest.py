"""Accounts whose days, stock and windows of orders a test writes itself, in one database that the tests share."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from magflow_pipeline.demand.build import build_demand
from magflow_pipeline.times import BUCHAREST
from magflow_pipeline_tests.conftest import TEMPLATE, _new_database

NUMBERS = itertools.count(1)


@dataclass
class Shop:
    """An account of a test's own."""

    session: psycopg.Connection = field(repr=False)
    account: str
    today: date

    def ago(self, days: int) -> date:
        """The day so many days before today's."""
        return self.today - timedelta(days)

    def offers(self, *skus: str) -> None:
        """Offer some items."""
        for number, sku in enumerate(skus, 1):
            self.session.execute(
                "INSERT INTO emag_products_v2 (account_type, emag_id, sku, stock_quantity, status, content_hash,"
                " created_at, updated_at, last_synced_at) VALUES (%s, %s, %s, 5, 1, '', now(), now(), now())",
                [self.account, number, sku],
            )

    def reads(self, first: int, end: int = 0, order_type: int = 3, axis: str = "created") -> None:
        """Orders were read whole from `first` days ago to the midnight before the day `end` days ago."""
        start, stop = (datetime.combine(self.ago(days), datetime.min.time(), tzinfo=BUCHAREST) for days in (first, end))
        self.session.execute(
            "INSERT INTO emag_order_windows (account_type, order_type, axis, starts_at, ends_at, read_to, read_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, now())",
            [self.account, order_type, axis, start, stop, stop],
        )

    def sells(self, sku: str, pieces: dict[int, int], largest: int | None = None, account: str | None = None) -> None:
        """Pieces ordered, by how many days ago."""
        with self.session.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO demand_days (account_type, sku, day, ordered_units, returned_units, elsewhere_units,"
                " orders, largest_order) VALUES (%s, %s, %s, %s, 0, 0, 1, %s)"
                " ON CONFLICT (account_type, sku, day) DO UPDATE SET ordered_units = excluded.ordered_units,"
                " largest_order = excluded.largest_order",
                [
                    (account or self.account, sku, self.ago(ago), units, largest or min(units, 2))
                    for ago, units in pieces.items()
                ],
            )

    def stock(self, sku: str, days: dict[int, tuple[int, int]], sellable: int | None = 48) -> None:
        """Stock at the first and the last sample of days, by how many days ago."""
        with self.session.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO stock_snapshots (account_type, sku, day, first_stock, min_stock, max_stock, last_stock,"
                " samples, samples_in_stock, samples_sellable) VALUES (%s, %s, %s, %s, %s, %s, %s, 48, 48, %s)",
                [
                    (self.account, sku, self.ago(ago), first, min(first, last), max(first, last), last, sellable)
                    for ago, (first, last) in days.items()
                ],
            )

    def build(self, *skus: str) -> int:
        """Learn some items, or all."""
        with self.session.transaction():
            return build_demand(self.session, self.account, list(skus) or None)

    def demand(self, account: str | None = None) -> dict[str, dict[str, Any]]:
        """The rows of the account by SKU."""
        with self.session.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute("SELECT * FROM demand WHERE account_type = %s", [account or self.account])
            return {row["sku"]: row for row in found.fetchall()}


@pytest.fixture(scope="module")
def shared(servers: Callable[[str], str]) -> Iterator[psycopg.Connection]:
    """A session on a migrated database of the module."""
    for url in _new_database(servers("embedded"), TEMPLATE):
        with psycopg.connect(url, autocommit=True) as session:
            yield session


@pytest.fixture
def shop(shared: psycopg.Connection, whole_day: None) -> Shop:
    """An account that nobody else uses."""
    (today,) = shared.execute("SELECT (now() AT TIME ZONE 'Europe/Bucharest')::date").fetchone() or (None,)
    return Shop(shared, f"shop{next(NUMBERS)}", today)
