"""Permits to send a request, counted in PostgreSQL, so that one limit holds over all processes.

PyrateLimiter keeps the log of permits in the schema `limits`. It needs a session in UTC: its timestamps carry
no zone, and in local time the autumn hour would be counted twice.
"""

import asyncio
import logging
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import cast

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool
from pyrate_limiter import Rate, RateItem
from pyrate_limiter.buckets.postgres import PostgresBucket

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.sessions import parameters
from magflow_pipeline.settings import ConfigurationError

# A database that went away is told once, by the sync, as a sentence; these would tell it as tracebacks.
for name in ("pyrate_limiter", "psycopg.pool"):
    logging.getLogger(name).setLevel(logging.CRITICAL)

FRESH_SECONDS = 0.02
BUFFER_SECONDS = 0.005  # added to each wait, so that a permit is there when the wait is over
ANSWER_SECONDS = 10  # for the database: the thread that asks it cannot be ended
SESSION = {
    "search_path": "limits,pg_temp",
    "lock_timeout": "5s",
    "statement_timeout": f"{ANSWER_SECONDS}s",
}
# A network that swallows everything is noticed by the client: the thread would wait for ever.
NETWORK = {
    "connect_timeout": ANSWER_SECONDS,
    "tcp_user_timeout": 2000 * ANSWER_SECONDS,
    "keepalives_idle": ANSWER_SECONDS,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
BLOCKED = (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled)
NOW = "SELECT (extract(EPOCH FROM clock_timestamp()) * 1000)::bigint"  # the bucket's own would fall back to our clock
# A clock that was set back leaves permits in the future, which would be counted until that time has come.
CLAMP = sql.SQL(
    "UPDATE {table} SET item_timestamp = clock_timestamp()::timestamp WHERE item_timestamp > clock_timestamp()"
)


class Permits:
    """Hands out permits, shared with every other process that asks for the same name."""

    def __init__(self, pool: "ConnectionPool[psycopg.Connection]", name: str, rate: Rate) -> None:
        self._name = name
        self._pool = pool
        self._rate = rate
        self._bucket = PostgresBucket(pool, name, [rate])
        self._clamp = CLAMP.format(table=sql.Identifier(f"ratelimit___{name}"))
        # The permits of earlier runs; nothing watches the clock in between.
        self._pull_back()
        self._bucket.leak(self._now())

    async def acquire(self) -> None:
        """Wait until one more request may be sent; the caller sends it at once.

        A busy process may learn late of its permit. Used late, it would stand too close to the permits that
        follow, so it is let go and another one is asked for. The waits are the caller's, who may end them at any
        moment; a thread is only taken for the questions to the database.
        """
        while True:
            wait, answered = await asyncio.to_thread(self._ask)
            if wait is not None:
                await asyncio.sleep(wait)
            elif time.monotonic() - answered <= FRESH_SECONDS:
                return

    def _ask(self) -> tuple[float | None, float]:
        """Seconds to wait for a permit, or None when it was given; and when that was."""
        item = RateItem(self._name, self._now())
        if self._bucket.put(item):
            return None, time.monotonic()
        milliseconds = max(0, cast("int", self._bucket.waiting(item)))  # 0 when another process was faster
        if milliseconds > self._rate.interval:
            self._pull_back()
        return min(milliseconds, self._rate.interval) / 1000 + BUFFER_SECONDS, time.monotonic()

    def _now(self) -> int:
        with self._pool.connection() as session:
            [(now,)] = session.execute(NOW).fetchall()
        return now

    def _pull_back(self) -> None:
        """Permits dated ahead are counted from now on: no wait is longer than the window."""
        with suppress(*BLOCKED), self._pool.connection() as session:
            session.execute(self._clamp)


@contextmanager
def open_permits(database: Database, name: str, count: int, seconds: float) -> Generator[Permits]:
    """Permits for `name`: at most `count` in any `seconds` of the database's clock, whoever asks, on any host.

    `name` becomes a part of a table's name: at most 40 small letters, digits and underscores.

    Raises:
        ConfigurationError: somebody holds a lock on its table.
    """
    pool: ConnectionPool[psycopg.Connection] = ConnectionPool(
        database.url,
        min_size=1,
        max_size=2,
        kwargs=parameters(database.url, "magflow limits", **SESSION) | NETWORK,
        timeout=ANSWER_SECONDS,
        open=False,
    )
    with pool:
        try:
            permits = Permits(pool, name, Rate(count, round(seconds * 1000)))
        except BLOCKED:
            raise ConfigurationError(
                f"Permits cannot be counted: a session holds a lock on the table limits.ratelimit___{name}, and "
                "pg_locks shows which one. Try again when it has ended."
            ) from None
        yield permits
