"""A back-fill of orders, killed before and after each statement and request: the next sync ends as it would have."""

import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg.rows import dict_row
from pydantic import SecretStr

from magflow_pipeline.accounts import Account
from magflow_pipeline.database.connection import Database
from magflow_pipeline.orders.options import OrderOptions
from magflow_pipeline.settings import Settings
from magflow_pipeline.times import BUCHAREST
from magflow_pipeline_tests.conftest import TEMPLATE
from magflow_pipeline_tests.crash.driver import Driver, Ended, Task, open_driver
from magflow_pipeline_tests.crash.lab import DIED, KILLED, _create, drop, wait_for_end_of_sessions
from magflow_pipeline_tests.orders.marketplace import Marketplace, line, order, selling

pytestmark = pytest.mark.slow

DAYS = 79  # three windows, before the present and yesterday
NUMBERS = itertools.count(1)
KINDS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "COPY", "the rows of a COPY", "the request", "connecting")
STATEMENTS = (
    *("Adds windows that are to be read", "Begins a reading of a window", "Ends a reading of a window"),
    *("Counts a page of the window", "Completes the lines of the page", "Completes the orders of the page"),
    *(
        "Upserts the orders of the page",
        "Upserts the lines of changed orders",
        "Deletes the lines that a changed order",
    ),
    *("An order or a line that could not be stored", "Closes the log of a sync"),
)
LOOK = "WITH RECURSIVE chain"
BUSINESS = {
    "orders": """
        SELECT to_jsonb(t) - '{last_sync_id,created_at,updated_at}'::text[] FROM emag_orders AS t ORDER BY order_id""",
    "lines": "SELECT to_jsonb(t) FROM emag_order_lines AS t ORDER BY order_id, line_id",
    # Not where they start: after midnight, the oldest one starts a day later.
    "windows": "SELECT axis, ends_at, read_to IS NOT NULL, error FROM emag_order_windows ORDER BY 1, 2",
    "open": "SELECT (SELECT count(*) FROM emag_sync_logs WHERE status = 'running'), count(*) FROM emag_sync_progress",
}
HALF_WRITTEN = {
    "an order without its lines": """
        SELECT order_id FROM emag_orders AS sold WHERE is_whole
            AND NOT EXISTS (SELECT FROM emag_order_lines AS line WHERE line.order_id = sold.order_id)""",
    "a page whose rows are not counted": """
        SELECT * FROM emag_order_windows WHERE processed_items
            <> created_items + updated_items + unchanged_items + failed_items + duplicate_items""",
    "a watermark over what is not there": """
        SELECT starts_at FROM emag_order_windows AS w WHERE axis = 'created' AND read_to IS NOT NULL
            AND distinct_items - failed_items > (SELECT count(*) FROM emag_orders AS sold
                WHERE sold.ordered_at BETWEEN w.asked_from AND w.asked_to)""",
}


@dataclass
class Lab:
    """A server, a marketplace and processes that sync; `clean` is what a sync leaves that nobody kills."""

    server: str
    market: Marketplace
    driver: Driver
    folder: Path
    template: str = ""

    @contextmanager
    def fresh(self) -> Iterator[Database]:
        """A database with some orders, read before they changed."""
        name = f"orders_{os.getpid()}_{next(NUMBERS)}"
        _create(self.server, name, self.template or TEMPLATE)
        try:
            yield Database(self.server.format(name), "")
        finally:
            drop(self.server, name)

    def run(self, database: Database, **fields: Any) -> Ended:
        """A sync in a process of its own, with one request in flight."""
        settings = Settings(MAGFLOW_DATABASE_URL=database.url, MAGFLOW_HOME=self.folder, EMAG_RETRY_MAX_WAIT_SECONDS=0)
        account = Account("main", "main", SecretStr("demo"), self.market.url, "test", "main", "EMAG-MAIN")
        trace = self.folder / f"trace-{next(NUMBERS)}"
        options = OrderOptions(**{"days": DAYS, "items_per_page": 4, **fields.pop("options", {})})
        return self.driver.run(Task(database, settings, account, options, trace, in_flight=1, **fields))

    def tables(self, database: Database) -> dict[str, list[Any]]:
        with database.connect("test") as session:
            return {name: session.execute(query).fetchall() for name, query in BUSINESS.items()}


def rows(*changed: Any) -> list[Any]:
    """Orders of the present and of three windows before it; one that cannot be stored."""
    now = datetime.now(UTC).astimezone(BUCHAREST)
    days = [0.1, 0.2, 10, 11, 12, 13, 40, 70]
    made = [
        order(number, now - timedelta(days=day), products=[line(1), line(2, 1043)])
        for number, day in enumerate(days, 1)
    ]
    return [*made, order(None, now - timedelta(days=40)), *changed]


@contextmanager
def open_lab(server: str, folder: Path) -> Iterator[Lab]:
    with selling(*rows()) as market, open_driver() as driver:
        lab = Lab(server, market, driver, folder)
        with lab.fresh() as database:
            # The first window was read before some of its orders changed.
            assert lab.run(database, options={"days": 1}).outcome == "completed"
            wait_for_end_of_sessions(database)
            now = datetime.now(UTC).astimezone(BUCHAREST)
            first = market.rows[0]
            returned = [line(1, quantity=0, initial_qty=1, storno_qty=1), line(3)]
            market.rows[0] = {**first, "modified": f"{now:%Y-%m-%d %H:%M:%S}", "status": 5, "products": returned}
            lab.template = database.url.partition("?")[0].rpartition("/")[2]
            yield lab


@pytest.fixture(scope="module")
def labs(servers, tmp_path_factory) -> Iterator[list[Lab]]:
    with (
        open_lab(servers("embedded"), tmp_path_factory.mktemp("orders")) as one,
        open_lab(servers("embedded"), tmp_path_factory.mktemp("orders")) as two,
    ):
        yield [one, two]


def problems_at(lab: Lab, point: str, clean: dict[str, list[Any]]) -> list[str]:
    """Kill a back-fill at a point; what is wrong then, and after the next run."""
    with lab.fresh() as database:
        ended = lab.run(database, fatal=point)
        if ended.status != KILLED:
            return [f"it did not come by there: {ended.outcome} {ended.error}"]
        wait_for_end_of_sessions(database)
        with database.connect("test") as session, session.cursor(row_factory=dict_row) as cursor:
            problems = [name for name, query in HALF_WRITTEN.items() if session.execute(query).fetchall()]
            read = cursor.execute(
                "SELECT asked_from FROM emag_order_windows WHERE read_to = ends_at AND axis = 'created'"
            ).fetchall()
            running = cursor.execute("SELECT id FROM emag_sync_logs WHERE status = 'running'").fetchall()
        lab.market.asked.clear()
        ended = lab.run(database)
        if ended.outcome not in ("partial", "completed"):
            return [*problems, f"the next run: {ended.outcome} {ended.error}"]
        problems += [f"{name} differ" for name, found in lab.tables(database).items() if found != clean[name]]
        again = {f"{each['asked_from'].astimezone(BUCHAREST):%Y-%m-%d %H:%M:%S}" for each in read}
        asked = {each["createdAfter"] for each in lab.market.reads() if "createdAfter" in each}
        problems += [f"windows that were read are read again: {again & asked}"] * bool(again & asked)
        with database.connect("test") as session:
            for log in running:
                query = "SELECT status, errors -> -1 ->> 'error' FROM emag_sync_logs WHERE id = %s"
                if session.execute(query, [log["id"]]).fetchone() != ("failed", DIED):
                    problems.append("the log of the dead sync does not say that it died")
        return problems


def chosen(points: list[str]) -> list[str]:
    """Of each statement and request the first time and the last: each window is read by the same ones.

    Not the look for who holds a lock, which a thread takes only where a statement is slow.
    """
    times: dict[str, list[str]] = {}
    for point in points:
        if LOOK not in point:
            times.setdefault(point.rpartition(" #")[0], []).append(point)
    kept = {each for found in times.values() for each in (found[0], found[-1])}
    return [point for point in points if point in kept]


def test_a_back_fill_killed_at_each_statement(labs):
    with labs[0].fresh() as database:
        undisturbed = labs[0].run(database)
        assert undisturbed.outcome == "partial", "of the row that cannot be stored"
        points = undisturbed.points
    assert len(points) == len(set(points)) > 300
    for name in (*KINDS, *STATEMENTS):
        assert any(name in point for point in points), name
    points = chosen(points)
    cleans = []
    for lab in labs:
        with lab.fresh() as database:
            assert lab.run(database).outcome == "partial"
            cleans.append(lab.tables(database))
    assert [len(cleans[0][name]) for name in ("orders", "windows")] == [8, 6]

    def examine(place: int) -> dict[str, list[str]]:
        mine = points[place :: len(labs)]
        found = {point: problems_at(labs[place], point, cleans[place]) for point in mine}
        return {point: problems for point, problems in found.items() if problems}

    with ThreadPoolExecutor(len(labs)) as threads:
        assert [*threads.map(examine, range(len(labs)))] == [{}, {}]
