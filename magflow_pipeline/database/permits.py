"""Permits to send a request, counted in PostgreSQL, so that one limit holds over all processes.

PyrateLimiter keeps the log of permits in the schema `limits`. It needs a session in UTC: its timestamps carry
no zone, and in local time the autumn hour would be counted twice.
"""

import asyncio
import logging
import time
from collections import deque
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

# The sync reports a lost database once, as a sentence; these loggers would report it as tracebacks.
for name in ("pyrate_limiter", "psycopg.pool"):
    logging.getLogger(name).setLevel(logging.CRITICAL)

LATE_SECONDS = 0.02
USUAL = 5  # answers, whose quickest says how long one takes now
BUFFER_SECONDS = 0.005  # added to each wait, so that a permit is there when the wait is over
ANSWER_SECONDS = 10  # time-out of the database: the thread that waits for it cannot be cancelled
SESSION = {
    "search_path": "limits,pg_temp",
    "lock_timeout": "5s",
    # What a crash could take are permits of the last half second, and a server needs longer than that to come back.
    "synchronous_commit": "off",
    "statement_timeout": f"{ANSWER_SECONDS}s",
}
# Let the client notice a network that drops all packets: its thread would wait for ever.
NETWORK = {
    "connect_timeout": ANSWER_SECONDS,
    "tcp_user_timeout": 2000 * ANSWER_SECONDS,
    "keepalives_idle": ANSWER_SECONDS,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
BLOCKED = (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled)
NOW = "SELECT (extract(EPOCH FROM clock_timestamp()) * 1000)::bigint"  # the bucket's own may use the local clock
# A clock that was set back leaves permits dated in the future, which would count until then.
CLAMP = sql.SQL(
    "UPDATE {table} SET item_timestamp = clock_timestamp()::timestamp WHERE item_timestamp > clock_timestamp()"
)
# One of those that were given in this millisecond: they are alike.
GIVE_BACK = sql.SQL(
    "DELETE FROM {table} WHERE ctid = (SELECT ctid FROM {table} WHERE item_timestamp = to_timestamp(%s)::timestamp"
    " LIMIT 1)"
)


class _Bucket(PostgresBucket):
    """PyrateLimiter's, whose table the owner's function makes: who sends requests may make none."""

    def _create_table(self) -> None:
        with self.pool.connection() as session:
            session.execute("SELECT limits.make_table(%s)", [self.table])


class Permits:
    """Permits of one name, shared by all processes that use it."""

    def __init__(self, pool: "ConnectionPool[psycopg.Connection]", name: str, rate: Rate) -> None:
        self._name = name
        self._pool = pool
        self._rate = rate
        self._bucket = _Bucket(pool, name, [rate])
        table = sql.Identifier(f"ratelimit___{name}")
        self._clamp, self._give = CLAMP.format(table=table), GIVE_BACK.format(table=table)
        # Permits of earlier runs: the clock may have been set back since.
        self._pull_back()
        asked = time.monotonic()
        self._bucket.leak(self._now())  # as many statements as a permit takes
        self._answers = deque([time.monotonic() - asked], maxlen=USUAL)

    async def acquire(self) -> None:
        """Wait until one more request may be sent; the caller sends it at once.

        A permit counts from the moment it was asked for. A busy machine may give it late, or its process may take it
        late: used then, it would be too close to the permits that follow, so it is given back and another one
        requested. What every answer takes is not late: such permits are all moved by as much. Waiting is done in the
        event loop, where it can be cancelled; only the queries run in a thread.
        """
        while True:
            asked = time.monotonic()
            answer = await asyncio.to_thread(self._ask)
            if not isinstance(answer, RateItem):
                await asyncio.sleep(answer)
            elif time.monotonic() - asked - min(self._answers) <= LATE_SECONDS:
                return
            else:
                await asyncio.to_thread(self._give_back, answer)

    def _ask(self) -> RateItem | float:
        """A permit, or the seconds to wait for one."""
        asked = time.monotonic()
        item = RateItem(self._name, self._now())
        if self._bucket.put(item):
            self._answers.append(time.monotonic() - asked)
            return item
        milliseconds = max(0, cast("int", self._bucket.waiting(item)))  # 0 when another process was faster
        if milliseconds > self._rate.interval:
            self._pull_back()
        return min(milliseconds, self._rate.interval) / 1000 + BUFFER_SECONDS

    def _give_back(self, permit: RateItem) -> None:
        """A permit that is kept unused holds up the next request for the whole window."""
        with suppress(*BLOCKED), self._pool.connection() as session:
            session.execute(self._give, [permit.timestamp / 1000])

    def _now(self) -> int:
        with self._pool.connection() as session:
            [(now,)] = session.execute(NOW).fetchall()
        return now

    def _pull_back(self) -> None:
        """Date permits in the future to now, so that no wait is longer than the window."""
        with suppress(*BLOCKED), self._pool.connection() as session:
            session.execute(self._clamp)


@contextmanager
def open_permits(database: Database, name: str, count: int, seconds: float) -> Generator[Permits]:
    """Permits for `name`: at most `count` in any `seconds` of the database's clock, over all processes and hosts.

    `name` becomes a part of a table's name: at most 40 small letters, digits and underscores.

    Raises:
        ConfigurationError: another session holds a lock on its table.
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
