"""The metrics for Prometheus: snapshots of the view `metrics`, and the web server that shows them.

Belongs here: when the database is asked, and the text format. Not here: what is counted (sql/views/telemetry.sql).
"""

import asyncio
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import uvicorn
from prometheus_client.exposition import choose_encoder, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import statement
from magflow_pipeline.gate import Gate
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.text import noted
from magflow_pipeline.troubles import reason_of

KEPT_SECONDS = 15.0
"""How long a snapshot is kept: scrapes in between cost the database nothing."""

LARGEST_SHARE = 0.02
"""A snapshot that takes long is kept longer, so that the database spends no more of its time on metrics."""

QUERY_SECONDS = 30  # far more than a million items take
PATIENCE_SECONDS = 2.0  # how long a scrape waits for a new snapshot; Prometheus gives up after 10
GROWING = ("_age_seconds", "_lag_seconds")  # grow while the database is away

Row = tuple[str, str, str, dict[str, str] | None, float | None]
"""Name, type, help, labels and value; without a value where there is none, or where only this process knows it."""


@dataclass(frozen=True)
class Snapshot:
    """All metrics as they were at `taken_at` (monotonic seconds); reading them took `seconds`."""

    rows: list[Row]
    taken_at: float
    seconds: float


def take_snapshot(database: Database) -> Snapshot:
    """Read all metrics by one query.

    Raises:
        psycopg.Error: the database is away, or did not answer in time.
        LockedError: somebody holds a lock on one of the tables.
    """
    start = time.monotonic()
    with database.connect("magflow metrics") as session:
        session.execute("SELECT set_config('statement_timeout', %s, FALSE)", [f"{QUERY_SECONDS}s"])
        rows: list[tuple[Any, ...]] = session.execute(statement("reports/metrics")).fetchall()
    end = time.monotonic()
    return Snapshot([(*row[:4], None if row[4] is None else float(row[4])) for row in rows], end, end - start)


@dataclass
class Snapshots(Collector):
    """The newest snapshot of a database, and whether the database answered when it was last asked.

    `tell` says to people when the database goes away, and when it is back.
    """

    database: Database
    newest: Snapshot
    tell: Callable[[str], None]
    kept_seconds: float = KEPT_SECONDS
    is_up: bool = True
    _tried_at: float = field(default_factory=time.monotonic)
    _reading: asyncio.Task[None] | None = None

    async def renew(self) -> None:
        """Take a new snapshot if the newest is old; scrapes at one time share it, and wait for a short time only."""
        kept = max(self.kept_seconds, self.newest.seconds / LARGEST_SHARE)
        if self._reading is None and time.monotonic() - self._tried_at >= kept:
            self._reading = asyncio.create_task(self._read())
        if self._reading is not None:
            await asyncio.wait([self._reading], timeout=PATIENCE_SECONDS)

    async def _read(self) -> None:
        was_up = self.is_up
        try:
            self.newest = await asyncio.to_thread(take_snapshot, self.database)
            self.is_up = True
        except (psycopg.Error, OSError, ConfigurationError) as error:
            self.is_up = False
            if was_up:
                reason = noted(reason_of(error)).rstrip(".")
                self.tell(f"{reason}. Until the database answers, the last snapshot is served, with magflow_up 0.")
        finally:
            self._tried_at, self._reading = time.monotonic(), None
        if self.is_up and not was_up:
            self.tell("The database answers again.")

    def collect(self) -> Iterator[Metric]:
        """The metrics of the newest snapshot; ages have grown since."""
        newest = self.newest
        age = time.monotonic() - newest.taken_at
        own = {
            "magflow_up": float(self.is_up),
            "magflow_snapshot_age_seconds": age,
            "magflow_snapshot_seconds": newest.seconds,
        }
        metrics: dict[str, Metric] = {}
        for name, kind, text, labels, value in newest.rows:
            metric = metrics.setdefault(name, Metric(name.removesuffix("_total"), text, kind))
            if name in own:
                metric.add_sample(name, {}, own[name])
            elif value is not None:
                metric.add_sample(name, labels or {}, value + age * name.endswith(GROWING))
        yield from metrics.values()


def exposition(database: Database) -> str:
    """All metrics now, in Prometheus' text format.

    Raises:
        psycopg.Error: the database is away, or did not answer in time.
    """
    return generate_latest(Snapshots(database, take_snapshot(database), tell=lambda _: None)).decode()


def create_app(snapshots: Snapshots, hosts: Collection[str]) -> Starlette:
    """The web application: `/metrics`, for programs that call it by one of `hosts` (gate.py)."""

    async def metrics(request: Request) -> Response:
        await snapshots.renew()
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(snapshots), headers={"Content-Type": media_type})

    return Starlette(routes=[Route("/metrics", metrics)], middleware=[Middleware(Gate, hosts=hosts)])


def serve(database: Database, host: str, port: int, hosts: Collection[str], tell: Callable[[str], None]) -> None:
    """Serve the metrics until Ctrl-C or a signal to end.

    Raises:
        psycopg.Error: the database does not answer at the start.
    """
    app = create_app(Snapshots(database, take_snapshot(database), tell), hosts)
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, lifespan="off", ws="none")
