"""What was sold on which day: what counts, whose it is, and that no change is lost on its way into `demand_days`."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import check
from magflow_pipeline.demand.days import BuiltDays, build_demand_days
from magflow_pipeline.settings import environment_of_child
from magflow_pipeline_tests.conftest import TEMPLATE, _new_database

NAMES = count(1)
DAY = date(2026, 3, 10)
UNITS = "SELECT day, sku, ordered_units, returned_units, elsewhere_units FROM demand_days WHERE account_type = %s"


@dataclass
class Seller:
    """An account of a test's own, in which orders and offers are rows that the test writes."""

    account: str
    database: Database
    session: psycopg.Connection

    def offer(self, emag_id: int, sku: str, part_number_key: str | None = None) -> None:
        """Add an offer, or give it another SKU or PNK."""
        self.session.execute(
            "INSERT INTO emag_product_contents (account_type, emag_id, sku, part_number_key, stock_quantity, status,"
            " content_hash, created_at, updated_at) VALUES (%s, %s, %s, %s, 1, 1, '', now(), now())"
            " ON CONFLICT (account_type, emag_id)"
            " DO UPDATE SET sku = excluded.sku, part_number_key = excluded.part_number_key",
            [self.account, emag_id, sku, part_number_key],
        )

    def order(
        self, order_id: int, *lines: dict[str, Any], at: str | None = "2026-03-10 12:00+02", **values: Any
    ) -> None:
        """Store an order with its lines, or its later state."""
        order = {"order_type": 3, "status": 4, **values, "account_type": self.account, "order_id": order_id}
        order |= {"ordered_at": at, "is_whole": True, "content_hash": b"", "last_sync_id": 1}
        with self.session.transaction():
            self._upsert("emag_orders", "account_type, order_id", order | {"created_at": "now", "updated_at": "now"})
            self.session.execute(
                "DELETE FROM emag_order_lines WHERE account_type = %s AND order_id = %s AND line_id > %s",
                [self.account, order_id, len(lines)],
            )
            for number, line in enumerate(lines, 1):
                key = {"account_type": self.account, "order_id": order_id, "line_id": number}
                self._upsert("emag_order_lines", "account_type, order_id, line_id", {"status": 1, **line, **key})

    def sell_elsewhere(self, sku: str, quantity: int, day: date = DAY) -> None:
        """Store what another channel sold."""
        values = {"account_type": self.account, "channel": "own shop", "sku": sku, "day": day, "quantity": quantity}
        self._upsert("sales_elsewhere", "account_type, sku, day, channel", values)

    def _upsert(self, table: str, key: str, values: dict[str, Any]) -> None:
        names = ", ".join(values)
        self.session.execute(
            f"INSERT INTO {table} ({names}) VALUES ({', '.join(f'%({name})s' for name in values)}) ON CONFLICT ({key})"
            f" DO UPDATE SET ({names}) = ({', '.join(f'excluded.{name}' for name in values)})",
            values,
        )

    def build(self) -> BuiltDays:
        """Build the days that changed."""
        return build_demand_days(self.database, self.account)

    def days(self) -> list[tuple[Any, ...]]:
        """Day, SKU, pieces ordered, returned and sold elsewhere."""
        return sorted(self.session.execute(UNITS, [self.account]).fetchall())  # type: ignore[arg-type]

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query on the account."""
        with self.session.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, {"account": self.account}).fetchall()  # type: ignore[arg-type]

    def found(self, name: str) -> list[dict[str, Any]]:
        """What a check finds."""
        with self.session.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(check(name), {"accounts": [self.account], "interval": 30}).fetchall()

    def stale(self) -> set[str]:
        """The derived tables that are stale of the account."""
        query = "SELECT name FROM stale_tables WHERE account_type = %s"
        return {name for (name,) in self.session.execute(query, [self.account])}

    def items_to_learn(self) -> set[str | None]:
        """The items whose demand is stale."""
        query = "SELECT sku FROM input_changes WHERE name = 'demand' AND account_type = %s"
        return {sku for (sku,) in self.session.execute(query, [self.account])}


@pytest.fixture(scope="module")
def address(servers: Callable[[str], str]) -> Iterator[str]:
    """A database that the tests of this file share, each with an account of its own."""
    with contextmanager(_new_database)(servers("embedded"), TEMPLATE) as url:
        yield url


@pytest.fixture(scope="module")
def open_seller(address: str) -> Iterator[Callable[[], Seller]]:
    with Database(address, "").connect("test") as session:

        def open_one() -> Seller:
            account = f"seller{next(NAMES)}"
            session.execute(
                "INSERT INTO emag_accounts (account_type, marketplace, username, warehouse) VALUES (%s, 'm', 'u', 'W')",
                [account],
            )
            return Seller(account, Database(address, ""), session)

        yield open_one


@pytest.fixture
def seller(open_seller: Callable[[], Seller]) -> Seller:
    return open_seller()


def line(product_id: int | None = 1, quantity: int | None = 1, **values: Any) -> dict[str, Any]:
    """A line that counts."""
    return {"product_id": product_id, "quantity": quantity, "initial_qty": quantity, "storno_qty": 0, **values}


def test_what_counts_is_ordered_and_what_came_back_is_taken_off_on_the_day_of_the_sale(seller):
    seller.offer(1, "A")
    seller.order(1, line(quantity=3), line(quantity=2, initial_qty=5, storno_qty=3))
    seller.order(2, line(quantity=7), status=0)
    seller.order(3, line(quantity=8, status=0), line(quantity=9, status=None))
    seller.order(4, line(quantity=4), status=5)
    seller.order(5, line(quantity=1), status=17)
    seller.order(6, line(quantity=6), at=None)
    seller.order(7, line(quantity=None), line(quantity=10**12))
    seller.build()
    assert seller.days() == [(DAY, "A", 13, 7, 0)]
    [row] = seller.rows("SELECT units, orders, largest_order FROM demand_days WHERE account_type = %(account)s")
    assert row == {"units": 6, "orders": 3, "largest_order": 5}


@pytest.mark.parametrize(
    ("quantities", "ordered", "returned"),
    [
        ({"quantity": 4, "initial_qty": None, "storno_qty": None}, 4, 0),
        ({"quantity": 4, "initial_qty": None, "storno_qty": 1}, 5, 1),
        ({"quantity": None, "initial_qty": 5, "storno_qty": 2}, 5, 2),
        ({"quantity": None, "initial_qty": 5, "storno_qty": None}, 5, 0),
        ({"quantity": 0, "initial_qty": 5, "storno_qty": 5}, 5, 5),
        ({"quantity": 3, "initial_qty": 5, "storno_qty": 0}, 5, 2),  # the seller took pieces off
        ({"quantity": 5, "initial_qty": 5, "storno_qty": 2}, 5, 2),  # what came back is not taken off
        ({"quantity": 6, "initial_qty": 5, "storno_qty": 0}, 6, 0),  # the seller added one
    ],
)
def test_a_quantity_that_is_not_sent_follows_from_the_others(seller, quantities, ordered, returned):
    seller.offer(1, "A")
    seller.order(1, line(**quantities))
    seller.build()
    assert seller.days() == [(DAY, "A", ordered, returned, 0)]
    assert seller.found("demand_days_are_conserved") == []


def test_a_line_belongs_to_the_offer_with_its_id_before_its_pnk_before_its_sku(seller, open_seller):
    seller.offer(1, "BY ID")
    seller.offer(2, "BY PNK", "PNK")
    seller.offer(3, "BY SKU")
    names = {"part_number_key": "PNK", "part_number": "BY SKU"}
    seller.order(1, line(1, 1, **names), line(None, 20, **names), line(99, 300, **(names | {"part_number_key": "X"})))
    seller.order(2, line(None, 4000, ext_part_number="BY SKU"), line(98, 5, part_number="NOBODY'S"))
    open_seller().offer(98, "OF ANOTHER ACCOUNT")
    seller.build()
    found = [(DAY, "BY ID", 1, 0, 0), (DAY, "BY PNK", 20, 0, 0), (DAY, "BY SKU", 4300, 0, 0)]
    assert seller.days() == found


def test_of_two_offers_with_one_pnk_the_one_that_the_line_names_counts(seller):
    seller.offer(1, "OLD", "PNK")
    seller.offer(2, "NEW", "PNK")
    seller.order(1, line(None, 1, part_number_key="PNK"), line(None, 2, part_number_key="PNK", part_number="NEW"))
    seller.build()
    assert seller.days() == [(DAY, "NEW", 2, 0, 0), (DAY, "OLD", 1, 0, 0)]


def test_the_day_is_that_of_bucharest(seller):
    """Also on both days on which the clocks change."""
    seller.offer(1, "A")
    moments = ["2026-03-28 21:59+00", "2026-03-28 22:00+00", "2026-03-29 21:00+00", "2026-10-25 21:59+00"]
    for number, moment in enumerate([*moments, "2026-10-25 22:00+00"], 1):
        seller.order(number, line(), at=moment)
    seller.build()
    assert [f"{day:%m-%d}" for day, *_ in seller.days()] == ["03-28", "03-29", "03-30", "10-25", "10-26"]


def test_other_channels_are_added_and_taken_back(seller):
    seller.offer(1, "A")
    seller.order(1, line(quantity=2))
    seller.sell_elsewhere("A", 5)
    seller.sell_elsewhere("B", 1)
    seller.build()
    assert seller.days() == [(DAY, "A", 2, 0, 5), (DAY, "B", 0, 0, 1)]
    seller.sell_elsewhere("B", 0)
    assert seller.build() == BuiltDays(1, 1)
    assert seller.days() == [(DAY, "A", 2, 0, 5)]


def test_a_second_build_writes_nothing(seller):
    seller.offer(1, "A")
    seller.order(1, line())
    assert seller.build() == BuiltDays(1, 1)
    rows = "SELECT xmin, * FROM demand_days WHERE account_type = %(account)s"
    before = seller.rows(rows)
    assert seller.build() == BuiltDays(0, 0)
    # Read again as it is, nothing is touched; and all of it at once, nothing is written.
    seller.order(1, line())
    assert seller.build() == BuiltDays(0, 0)
    seller.session.execute(
        "INSERT INTO input_changes (name, account_type, table_name) VALUES ('demand_days', %s, 'x')", [seller.account]
    )
    assert seller.build() == BuiltDays(1, 0)
    assert seller.rows(rows) == before


def test_only_touched_days_are_built(seller):
    seller.offer(1, "A")
    for day in range(1, 10):
        seller.order(day, line(), at=f"2026-03-{day:02} 12:00+02")
    assert seller.build() == BuiltDays(9, 9)
    seller.order(3, line(quantity=5), at="2026-03-03 12:00+02")
    assert seller.build() == BuiltDays(1, 1)
    seller.order(3, line(quantity=5), at="2026-03-07 12:00+02")
    assert seller.build() == BuiltDays(2, 2), "the day that it left, and the one that it came to"
    seller.order(4, line(), at="2026-03-04 12:00+02", modified_at="2026-03-05", lines_as_of="2026-03-05")
    assert seller.build() == BuiltDays(0, 0), "what changed does not count"
    seller.session.execute("DELETE FROM emag_orders WHERE account_type = %s AND order_id = 5", [seller.account])
    assert seller.build() == BuiltDays(1, 1)
    assert [day.day for day, *_ in seller.days()] == [1, 2, 4, 6, 7, 8, 9]


def test_an_offer_that_comes_late_or_goes_by_another_name_finds_its_lines(seller):
    seller.order(1, line(1, 3, part_number_key="PNK", part_number="A"))
    seller.order(2, line(2), at="2026-03-11 12:00+02")
    seller.build()
    assert seller.days() == []
    seller.offer(9, "A")
    assert seller.build() == BuiltDays(1, 1)
    assert seller.days() == [(DAY, "A", 3, 0, 0)]
    seller.offer(8, "B", "PNK")
    seller.build()
    assert seller.days() == [(DAY, "B", 3, 0, 0)]
    seller.offer(8, "B", "ANOTHER")
    seller.offer(9, "C")
    seller.build()
    assert seller.days() == []
    seller.offer(1, "D")
    seller.build()
    assert seller.days() == [(DAY, "D", 3, 0, 0)]
    seller.session.execute("DELETE FROM emag_products_v2 WHERE account_type = %s AND emag_id = 1", [seller.account])
    seller.build()
    assert seller.days() == []


def test_the_times_that_a_sync_writes_into_every_offer_touch_nothing(seller):
    seller.offer(1, "A", "PNK")
    seller.build()
    seller.session.execute(
        "UPDATE emag_products_v2 SET last_synced_at = now(), stock_quantity = 7 WHERE account_type = %s",
        [seller.account],
    )
    seller.offer(1, "A", "PNK")
    assert "demand_days" not in seller.stale()


def test_a_change_that_commits_after_the_build_has_begun_is_built_by_the_next_one(seller, address):
    """A line without an offer, and its offer, in transactions that see nothing of each other, beside a build."""
    with psycopg.connect(address) as writer, psycopg.connect(address) as other:
        writer.execute("SELECT 1")  # else the order would be a transaction of its own
        Seller(seller.account, seller.database, writer).order(1, line(1))
        Seller(seller.account, seller.database, other).offer(1, "A")
        seller.build()
        writer.commit()
        assert "demand_days" in seller.stale()
        seller.build()
        assert seller.days() == []
        other.commit()
        assert "demand_days" in seller.stale()
        seller.build()
    assert seller.days() == [(DAY, "A", 1, 0, 0)]
    assert "demand_days" not in seller.stale()


def test_a_build_that_fails_loses_nothing(seller):
    seller.offer(1, "A")
    seller.order(1, line())
    refuse = f"CHECK (account_type <> '{seller.account}') NOT VALID"
    seller.session.execute(f"ALTER TABLE demand_days ADD CONSTRAINT refused {refuse}")
    try:
        with pytest.raises(psycopg.errors.CheckViolation):
            seller.build()
    finally:
        seller.session.execute("ALTER TABLE demand_days DROP CONSTRAINT refused")
    assert "demand_days" in seller.stale()
    assert seller.build() == BuiltDays(1, 1)


def test_items_whose_past_days_changed_are_to_be_learned_again_and_todays_sales_wait(seller):
    seller.offer(1, "A")
    seller.offer(2, "B")
    seller.build()
    assert seller.items_to_learn() == {"A", "B"}, "new ones: they never sold"
    seller.session.execute("DELETE FROM input_changes WHERE account_type = %s", [seller.account])
    seller.order(1, line(1))
    seller.order(2, line(2), at="now")
    seller.order(3, line(2), at="2999-01-01 12:00+02")
    assert seller.build() == BuiltDays(3, 3)
    assert seller.items_to_learn() == {"A"}
    seller.session.execute("DELETE FROM input_changes WHERE account_type = %s", [seller.account])
    assert seller.build() == BuiltDays(0, 0)
    assert seller.stale() == set()


def test_campaigns_and_read_orders_make_demand_stale(seller):
    add = (
        "INSERT INTO campaign_days (name, starts_on, ends_on, created_by) VALUES ('BF', '2026-11-13', '2026-11-16', '')"
    )
    for change in (add, "UPDATE campaign_days SET ends_on = '2026-11-17'", "DELETE FROM campaign_days"):
        seller.session.execute(change)
        assert seller.stale() == {"demand"}
        seller.session.execute("DELETE FROM input_changes WHERE account_type = %s", [seller.account])
    log = "INSERT INTO emag_sync_logs (account_type, sync_type) VALUES (%s, 'orders')"
    seller.session.execute(log, [seller.account])
    assert seller.stale() == set()
    ended = "UPDATE emag_sync_logs SET status = 'partial', completed_at = now() WHERE account_type = %s"
    seller.session.execute(ended, [seller.account])
    assert seller.stale() == {"demand"}


QUANTITIES = st.tuples(st.integers(0, 5), st.integers(0, 3))
ORDERS = st.builds(
    lambda order_id, day, status, lines: (
        "order",
        order_id,
        [line(offer, kept, initial_qty=kept + back, storno_qty=back) for offer, (kept, back) in lines],
        {"at": f"2026-03-{day:02} 12:00+02", "status": status},
    ),
    st.integers(1, 6),
    st.integers(1, 4),
    st.sampled_from([1, 4, 0]),
    st.lists(st.tuples(st.sampled_from([1, 2, 3]), QUANTITIES), max_size=3),
)
OFFERS = st.builds(lambda emag_id, sku: ("offer", emag_id, sku), st.sampled_from([1, 2, 3]), st.sampled_from("ABCD"))
ELSEWHERE = st.builds(
    lambda sku, pieces, day: ("sell_elsewhere", sku, pieces, date(2026, 3, day)),
    st.sampled_from("ABC"),
    st.integers(0, 4),
    st.integers(1, 4),
)
EVENTS = st.lists(st.one_of(ORDERS, ORDERS, OFFERS, ELSEWHERE, st.just(("build",))), max_size=15)


def happens(seller: Seller, event: tuple[Any, ...]) -> None:
    """Let one of the events happen."""
    name, *arguments = event
    if name == "order":
        order_id, lines, values = arguments
        seller.order(order_id, *lines, **values)
    else:
        getattr(seller, name)(*arguments)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(EVENTS, st.randoms(use_true_random=False))
def test_the_rows_are_the_same_whatever_the_order_and_however_often_it_was_built(open_seller, events, random):
    """Windows of orders come newest first, are read again, and builds fall anywhere in between."""
    seller, other, whole = open_seller(), open_seller(), open_seller()
    for event in events:
        happens(seller, event)
    seller.build()
    # The last state of each thing, in another order, with builds in between; and all at once.
    last = {event[:2] if event[0] != "sell_elsewhere" else (event[1], event[3]): event for event in events}
    states = [event for event in last.values() if event[0] != "build"]
    for account, builds in ((other, True), (whole, False)):
        random.shuffle(states)
        for event in states:
            happens(account, event)
            if builds and random.random() < 0.5:
                account.build()
        account.build()
    assert seller.days() == other.days() == whole.days()
    assert seller.found("demand_days_are_conserved") == []
    assert seller.build() == BuiltDays(0, 0)


def test_the_sum_of_the_days_is_that_of_the_lines_and_a_lost_piece_is_found(seller):
    seller.offer(1, "A")
    seller.order(1, line(1, 3, initial_qty=5, storno_qty=2), line(99, 4), line(1, 9, status=0))
    seller.sell_elsewhere("A", 2)
    assert seller.found("demand_days_are_conserved") == [], "it is still to be built"
    seller.build()
    assert seller.found("demand_days_are_conserved") == []
    seller.session.execute("UPDATE demand_days SET ordered_units = 4 WHERE account_type = %s", [seller.account])
    [found] = seller.found("demand_days_are_conserved")
    assert (found["day"], found["ordered"], found["built_ordered"], found["without_offer"]) == (DAY, 9, 4, 4)


def test_lines_that_cannot_be_counted_are_named(seller):
    seller.order(1, line(status=None), line(quantity=None), line(quantity=10**12), line(), line(status=0), at="now")
    seller.order(2, line(), at=None)
    seller.order(3, line(quantity=None), status=0, at="now")
    found = seller.found("every_sold_line_is_counted")
    assert {(row["order_id"], row["line_id"]) for row in found} == {(1, 1), (1, 2), (1, 3), (2, 1)}


KILLED = """
import sys
from magflow_pipeline.database.connection import Database
from magflow_pipeline.demand.days import build_demand_days
build_demand_days(Database(sys.argv[1], ""), sys.argv[2])
"""
WAITING = "SELECT pid FROM pg_locks WHERE relation = 'demand_days'::regclass AND NOT granted"


@pytest.mark.slow
def test_a_build_that_is_killed_while_it_writes_loses_nothing(seller, address):
    """The changes that it had taken away are there again, and nothing is half written."""
    seller.offer(1, "A")
    for number in range(1, 10):
        seller.order(number, line(), at=f"2026-03-{number:02} 12:00+02")
    with psycopg.connect(address) as blocker:
        blocker.execute("LOCK TABLE demand_days IN SHARE MODE")
        command = [sys.executable, "-W", "ignore", "-c", KILLED, address, seller.account]
        child = subprocess.Popen(command, env=environment_of_child())
        while not seller.session.execute(WAITING).fetchall():
            assert child.poll() is None
            time.sleep(0.05)
        child.kill()
        child.wait()
        pids = seller.session.execute(WAITING).fetchall()
        for (pid,) in pids:
            seller.session.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
    assert "demand_days" in seller.stale()
    assert seller.days() == []
    assert seller.build() == BuiltDays(9, 9)
