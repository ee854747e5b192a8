"""Permits to send a request, counted in PostgreSQL, so that one limit holds over all processes.

PyrateLimiter keeps the log of permits in the schema `limits`. It needs a session in UTC: its timestamps carry
no zone, and in local time the autumn hour would be counted twice.
"""

import asyncio
import logging
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

import psycopg
from psycopg_pool import ConnectionPool
from pyrate_limiter import Limiter, Rate, SingleBucketFactory
from pyrate_limiter.buckets.postgres import PostgresBucket

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.sessions import parameters

# A database that went away is told once, by the sync, as a sentence; these would tell it as tracebacks.
for name in ("pyrate_limiter", "psycopg.pool"):
    logging.getLogger(name).setLevel(logging.CRITICAL)

FRESH_SECONDS = 0.02
BUFFER_MS = 5  # added to each wait, so that a permit is there when the wait is over


class Permits:
    """Hands out permits, shared with every other process that asks for the same name."""

    def __init__(self, limiter: Limiter, name: str) -> None:
        self._limiter = limiter
        self._name = name

    async def acquire(self) -> None:
        """Wait until one more request may be sent; the caller sends it at once.

        A busy process may learn late of its permit. Used late, it would stand too close to the permits that
        follow, so it is let go and another one is asked for.
        """
        while True:
            granted = await asyncio.to_thread(self._grant)
            if time.monotonic() - granted <= FRESH_SECONDS:
                return

    def _grant(self) -> float:
        # False when another process held the table or was faster by a millisecond: nothing was granted.
        while not self._limiter.try_acquire(self._name):
            time.sleep(BUFFER_MS / 1000)
        return time.monotonic()


@contextmanager
def open_permits(database: Database, name: str, count: int, seconds: float) -> Generator[Permits]:
    """Permits for `name`: at most `count` in any `seconds` of the database's clock, whoever asks, on any host."""
    pool: ConnectionPool[psycopg.Connection] = ConnectionPool(
        database.url,
        min_size=1,
        max_size=2,
        kwargs=parameters(database.url, "magflow limits", search_path="limits,pg_temp"),
        open=False,
    )
    with pool:
        bucket = PostgresBucket(pool, name, [Rate(count, round(seconds * 1000))])
        bucket.leak(cast("int", bucket.now()))  # the permits of earlier runs; nothing watches the clock in between
        yield Permits(Limiter(SingleBucketFactory(bucket, schedule_leak=False), buffer_ms=BUFFER_MS), name)
