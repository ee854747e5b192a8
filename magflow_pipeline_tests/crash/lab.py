"""Syncs that are killed and their next runs: fresh databases, and what has to be true of them afterwards."""

import itertools
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from pydantic import SecretStr

from magflow_pipeline.accounts import Account
from magflow_pipeline.catalogue.options import SyncOptions
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.pool import close_kept_sessions
from magflow_pipeline.settings import Settings
from magflow_pipeline.simulator.running import Simulator
from magflow_pipeline_tests.conftest import TEMPLATE
from magflow_pipeline_tests.crash import tables
from magflow_pipeline_tests.crash.driver import Driver, Ended, Task

NUMBERS = itertools.count(1)
DIED = "The process of this sync died before its end."
KILLED = -9
PAGE_STORED = "after Stores the page as received"
NEWEST_LOG = "SELECT * FROM emag_sync_logs ORDER BY id DESC LIMIT 1"
# A sync that died before its first page, or before it took over, is passed over.
NEWEST_WITH_PAGES = """
    SELECT * FROM emag_sync_logs AS log
    WHERE
        status NOT IN ('failed', 'running')
        OR EXISTS (SELECT FROM raw_emag_product_pages AS page WHERE page.sync_log_id = log.id)
    ORDER BY id DESC LIMIT 1
"""


@dataclass(frozen=True)
class Stage:
    """What the marketplace sells at the first sync, which no test kills, and from then on; how much goes on a page."""

    before: list[Any]
    after: list[Any]
    items_per_page: int = 10
    outcome: str = "completed"
    """How a whole scan of it ends."""
    problem: str = ""
    """What its log says then; nothing where all is well."""

    @property
    def pages(self) -> list[int]:
        """The pages of a scan."""
        return [*range(1, len(self.after) // self.items_per_page + 2)]


@dataclass(frozen=True)
class Dead:
    """The newest sync in a database, the one whose pages may be taken over, and these, as {number: is it full}.

    It `has_begun` when it is not the sync of the template: the one that was killed had come so far as to open its log.
    """

    log: dict[str, Any]
    kept: dict[str, Any]
    pages: dict[int, bool]
    has_begun: bool

    @property
    def has_ended(self) -> bool:
        """Whether the killed sync had closed its log before."""
        return self.has_begun and self.log["status"] not in ("running", "failed")

    @property
    def is_checkpoint(self) -> bool:
        """Whether the next sync can go on from here."""
        is_dead = self.kept["status"] in ("running", "failed")
        return is_dead and self.kept["total_items"] is not None and bool(self.pages)


@dataclass
class Lab:
    """A server, a marketplace and processes that sync; `template` is the database after the first sync."""

    server: str
    simulator: Simulator
    driver: Driver
    folder: Path
    stage: Stage
    template: str = field(init=False)
    once: tables.Tables = field(init=False)
    """The tables after one clean run on the template, and after two of them."""
    twice: tables.Tables = field(init=False)

    def prepare(self) -> None:
        """Make the template and the references."""
        self.template = f"crash_{os.getpid()}_{next(NUMBERS)}"
        _create(self.server, self.template, TEMPLATE)
        self.simulator.put_offers("main", self.stage.before)
        self.run_clean(self._database(self.template))
        self.simulator.put_offers("main", self.stage.after)
        with self.fresh() as database:
            self.run_clean(database)
            self.once = self.tables(database)
            self.run_clean(database)
            self.twice = self.tables(database)

    @contextmanager
    def selling(self, *rows: Any) -> Iterator[None]:
        """Let the marketplace sell these rows for a while; `once` and `twice` are not of them."""
        self.simulator.put_offers("main", list(rows))
        try:
            yield
        finally:
            self.simulator.put_offers("main", self.stage.after)

    @contextmanager
    def fresh(self, template: str | None = None) -> Iterator[Database]:
        """A database as it was after the first sync (or as `template` is)."""
        name = f"crash_{os.getpid()}_{next(NUMBERS)}"
        _create(self.server, name, template or self.template)
        try:
            yield self._database(name)
        finally:
            drop(self.server, name)

    def task(self, database: Database, **fields: Any) -> Task:
        """A sync with the stage's page size; `fields` are those of `Task`, `options` those of a sync."""
        options = {"items_per_page": self.stage.items_per_page, **fields.pop("options", {})}
        settings = {
            "MAGFLOW_DATABASE_URL": database.url,
            "MAGFLOW_HOME": self.folder,
            # Permits are fetched as ever, but nobody waits for one.
            "EMAG_REQUESTS_PER_SECOND": 1000,
            "EMAG_REQUESTS_PER_MINUTE": 60000,
            "EMAG_RETRY_MAX_WAIT_SECONDS": 0,
            **fields.pop("settings", {}),
        }
        account = Account("main", "main", SecretStr("demo"), self.simulator.url, "simulator", "main", "EMAG-MAIN")
        return Task(
            database=database,
            settings=Settings(**settings),
            account=account,
            options=SyncOptions(**options),
            trace=self.folder / f"trace-{next(NUMBERS)}",
            **fields,
        )

    def run(self, database: Database, **fields: Any) -> Ended:
        """A sync in a process of its own, to whatever end."""
        return self.driver.run(self.task(database, **fields))

    def points(self, template: str | None = None) -> list[str]:
        """The points of a scan with one request in flight that nobody kills."""
        with self.fresh(template) as database:
            return self.run(database, in_flight=1).points

    def kill_at(self, database: Database, point: str, **fields: Any) -> bool:
        """Kill a sync at a point; False when it ended without having come by there."""
        ended = self.run(database, fatal=point, **fields)
        assert ended.status == KILLED or ended.outcome is not None, ended
        return ended.status == KILLED

    def tables(self, database: Database) -> tables.Tables:
        """The business columns of all tables."""
        with database.connect("test") as session:
            return tables.business(session)

    def newest_log(self, database: Database) -> dict[str, Any]:
        """The log of the sync that began last."""
        return self.dead(database).log

    def dead(self, database: Database) -> Dead:
        """What the newest sync has left, once its sessions are over."""
        wait_for_end_of_sessions(database)
        with database.connect("test") as session, session.cursor(row_factory=dict_row) as cursor:
            log = cursor.execute(NEWEST_LOG).fetchone()
            kept = cursor.execute(NEWEST_WITH_PAGES).fetchone()
            assert log is not None and kept is not None
            pages = cursor.execute(
                "SELECT page, item_count = items_per_page AS is_full FROM raw_emag_product_pages"
                " WHERE sync_log_id = %s AND filters = '{}'",
                [kept["id"]],
            ).fetchall()
            first = cursor.execute("SELECT min(id) AS id FROM emag_sync_logs").fetchone()
        assert first is not None
        return Dead(log, kept, {row["page"]: row["is_full"] for row in pages}, has_begun=log["id"] != first["id"])

    def problems_of_next_run(self, database: Database, dead: Dead, **fields: Any) -> list[str]:
        """Run a sync to its end after one that died; what is not as it has to be."""
        with database.connect("test") as session:
            problems = [f"after the kill: {name}: {rows}" for name, rows in tables.half_written(session).items()]
            self.simulator.clear()
            ended = self.run(database, **fields)
            if ended.outcome != self.stage.outcome:
                return [*problems, f"the next run: {ended.outcome} {ended.error}, status {ended.status}"]
            problems += [f"at the end: {name}: {rows}" for name, rows in tables.half_written(session).items()]
            problems += tables.differences(tables.business(session), self.twice if dead.has_ended else self.once)
            problems += self._problems_of_logs(session, dead)
        asked = sorted(self.pages_asked_for())
        missing = [page for page in self.stage.pages if not (dead.is_checkpoint and dead.pages.get(page))]
        if asked != missing:
            problems.append(f"pages {asked} were asked for and {missing} were missing")
        return problems

    def pages_asked_for(self) -> list[int]:
        """The pages of the catalogue that the marketplace was asked for, by their numbers."""
        bodies = [request["body"] for request in self.simulator.requests("main") if request["route"] == "read"]
        return [body["currentPage"] for body in bodies if "id" not in body]

    def _problems_of_logs(self, session: psycopg.Connection, dead: Dead) -> list[str]:
        cursor = session.cursor(row_factory=dict_row)
        newest = cursor.execute(NEWEST_LOG).fetchone()
        old = cursor.execute("SELECT * FROM emag_sync_logs WHERE id = %s", [dead.log["id"]]).fetchone()
        assert newest is not None and old is not None
        problems: list[str] = []
        if dead.log["status"] == "running":
            said = (old["status"], [error["error"] for error in old["errors"]], old["completed_at"] is not None)
            if said != ("failed", [DIED], True):
                problems.append(f"the log of the dead sync says {said}")
        resumed_from = dead.kept["id"] if dead.is_checkpoint else None
        expected = (self.stage.outcome, not dead.is_checkpoint, resumed_from)
        said = (newest["status"], newest["is_complete"], newest["resumed_from"])
        if said != expected:
            problems.append(f"the log of the next sync says {said}, not {expected}")
        errors = [error["error"] for error in newest["errors"]]
        if len(errors) != bool(self.stage.problem) or not all(self.stage.problem in error for error in errors):
            problems.append(f"the log of the next sync has the errors {errors}, not {self.stage.problem!r}")
        if newest["processed_items"] - newest["duplicate_items"] != len(self.stage.after):
            problems.append(f"the next sync counts {newest['processed_items']} rows, {newest['duplicate_items']} twice")
        [(running, left)] = session.execute(
            "SELECT (SELECT count(*) FROM emag_sync_logs WHERE status = 'running'), count(*) FROM emag_sync_progress"
        ).fetchall()
        return problems + [f"{running} logs and {left} rows of progress are left open"] * bool(running or left)

    def run_clean(self, database: Database) -> None:
        """A sync that nobody disturbs."""
        ended = self.run(database)
        assert ended.status == 0 and ended.outcome in ("completed", self.stage.outcome), ended
        wait_for_end_of_sessions(database)

    def _database(self, name: str) -> Database:
        return Database(self.server.format(name), self.server.format(f"{name}_dagster"))


def until_stored(points: list[str], page: int) -> str:
    """Of the points of a scan, the one at which so many pages have been committed."""
    of_page = [index for index, point in enumerate(points) if point.startswith(PAGE_STORED)][page - 1]
    return next(point for point in points[of_page:] if point.startswith("after COMMIT"))


def name_of(database: Database) -> str:
    """What PostgreSQL calls it."""
    return urlsplit(database.url).path.removeprefix("/")


def wait_for_end_of_sessions(database: Database, seconds: float = 10) -> None:
    """Until the server knows that its clients are gone: only the lock of a sync would wait for that too, by seconds."""
    deadline = time.monotonic() + seconds
    query = (
        "SELECT application_name, state, query FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name LIKE 'magflow%%' AND query <> 'DISCARD ALL'"  # pooled
    )
    with database.connect("test") as session:
        while left := session.execute(query).fetchall():
            assert time.monotonic() < deadline, f"sessions that do not end: {left}"
            time.sleep(0.005)


def drop(server: str, name: str) -> None:
    """Drop a database."""
    close_kept_sessions(server.format(name))
    with psycopg.connect(server.format("postgres"), autocommit=True) as session:
        session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _create(server: str, name: str, template: str) -> None:
    close_kept_sessions(server.format(template))  # it is copied while nobody is connected
    with psycopg.connect(server.format("postgres"), autocommit=True) as session:
        # The files are copied, not written into the log: on a server without fsync that is the quicker way.
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        session.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        session.execute(sql.SQL("ALTER DATABASE {} SET search_path TO app, public").format(sql.Identifier(name)))
