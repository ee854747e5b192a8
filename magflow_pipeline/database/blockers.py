"""Which session blocks another one: looked up while it waits, named in the error when the lock times out.

PostgreSQL's error names neither the lock nor its holder, and after the timeout they cannot be looked up any more.
Works for row locks, table locks and advisory locks.
"""

import threading
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

from magflow_pipeline.database.sessions import parameters
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.text import noted
from magflow_pipeline.times import ZONE, local

LOOK_SECONDS = 0.3  # less than the shortest lock time-out
FRESH_SECONDS = 3.0
LOCKED_SECONDS = 15.0  # how long a transaction is retried while another session holds a lock
FIRST_WORDS = 80
# A blocker that waits for a lock itself is not the cause: those that do not wait come first. 0: a prepared transaction.
BLOCKERS = """
WITH RECURSIVE chain AS (
    SELECT blocker.pid FROM unnest(pg_blocking_pids(%s)) AS blocker (pid)
    UNION
    SELECT further.pid FROM chain CROSS JOIN unnest(pg_blocking_pids(chain.pid)) AS further (pid)
)

SELECT chain.pid, usename, application_name, client_addr::text, state, xact_start, query
FROM chain
LEFT JOIN pg_stat_activity AS activity ON chain.pid = activity.pid
ORDER BY coalesce(wait_event_type = 'Lock', false), xact_start
LIMIT 1
"""
UNKNOWN = "Another session held a lock that was needed here, and has released it since: try again."

Value = TypeVar("Value")
AnySession = psycopg.Connection[Any] | psycopg.AsyncConnection[Any]


class LockedError(ConfigurationError):
    """Another session did not release a lock in time; the message names it."""


@contextmanager
def naming_blockers(session: AnySession, url: str) -> Generator[None]:
    """Turn a lock timeout of `session` within the block into an error that names the session that holds the lock.

    Raises:
        LockedError: a statement waited longer than its lock_timeout.
    """
    watch = _Watch(session, url)
    before = _watches.get(session)
    _watches[session] = watch
    watch.start()
    try:
        yield
    except psycopg.errors.LockNotAvailable:
        raise explain(session) from None
    finally:
        watch.stop()
        if before is not None:
            _watches[session] = before


def explain(session: AnySession) -> LockedError:
    """The error for a lock timeout that `session` has just had."""
    watch = _watches.get(session)
    return LockedError(describe(watch.blocker if watch else None))


def describe(blocker: dict[str, Any] | None) -> str:
    """A sentence about the session that holds a lock, from its row of `pg_stat_activity`; None: it was not found."""
    if blocker is None:
        return UNKNOWN
    if not blocker["pid"]:
        return "A prepared transaction holds a lock that is needed: SELECT * FROM pg_prepared_xacts."
    name = blocker["application_name"] or ""
    is_ours = name.startswith("magflow")
    where = f" from {blocker['client_addr']}" if blocker["client_addr"] else ""
    who = f"process {blocker['pid']}, user {noted(blocker['usename'])!r}, {noted(name or 'an unnamed program')}{where}"
    since = blocker["xact_start"]
    when = f" since {local(since)} {ZONE}" if since else ""
    query = blocker["query"] or ""
    if blocker["state"] is None:
        doing = "what it does is not shown to this user"
    else:
        doing = f"it is {blocker['state']}, and its query begins: {noted(query, FIRST_WORDS)}"
    todo = (
        "Try again when it has ended"
        if is_ours
        else f"End that transaction and try again; an administrator can: SELECT pg_terminate_backend({blocker['pid']})"
    )
    whose = "Another process of MagFlow" if is_ours else "Somebody"
    return f"{whose} holds a lock that is needed here ({who}){when}; {doing}. {todo}."


def patiently(work: Callable[[], Value], seconds: float = LOCKED_SECONDS, pause: float = 0.5) -> Value:
    """Retry `work`, a transaction, while it meets a lock; between attempts it neither holds a lock nor queues for one.

    A deadlock, which PostgreSQL ends by giving up one of the two transactions, is retried as well.

    Raises:
        LockedError: another session still holds it after `seconds`.
        psycopg.errors.DeadlockDetected: there still is a deadlock after `seconds`.
    """
    deadline = time.monotonic() + seconds
    told: LockedError | psycopg.errors.DeadlockDetected | None = None
    while True:
        try:
            return work()
        except (LockedError, psycopg.errors.DeadlockDetected) as error:
            if told is None or str(error) != UNKNOWN:
                told = error
        if time.monotonic() > deadline:
            raise told
        time.sleep(pause)


async def patiently_async(work: Callable[[], Awaitable[Value]], seconds: float = LOCKED_SECONDS) -> Value:
    """The same on a session that stays open; raises PostgreSQL's LockNotAvailable, and `explain` names the blocker."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await work()
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            if time.monotonic() > deadline:
                raise


class _Watch(threading.Thread):
    """Looks up, from a session of its own, which session blocks `session`, whenever a statement takes long."""

    def __init__(self, session: AnySession, url: str) -> None:
        super().__init__(daemon=True, name="magflow blockers")
        self._connection = session.pgconn
        self._url = url
        self._pid = session.info.backend_pid
        self._ended = threading.Event()
        self._found: tuple[float, dict[str, Any]] | None = None

    @property
    def blocker(self) -> dict[str, Any] | None:
        """The session that blocked it within the last FRESH_SECONDS; else None."""
        if self._found is None or time.monotonic() - self._found[0] > FRESH_SECONDS:
            return None
        return self._found[1]

    def run(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            if self._is_busy():
                with suppress(psycopg.Error):  # an explanation is not worth an error
                    self._look_while_busy()

    def stop(self) -> None:
        """End the thread: none may be running when the process forks."""
        self._ended.set()
        self.join()

    def _is_busy(self) -> bool:
        return self._connection.transaction_status == TransactionStatus.ACTIVE

    def _look_while_busy(self) -> None:
        with (
            psycopg.connect(self._url, autocommit=True, **parameters(self._url, "magflow blockers")) as session,
            session.cursor(row_factory=dict_row) as cursor,
        ):
            while self._is_busy():
                found = cursor.execute(BLOCKERS, [self._pid]).fetchone()
                if found is not None:
                    self._found = time.monotonic(), found
                if self._ended.wait(LOOK_SECONDS):
                    return


_watches: WeakKeyDictionary[AnySession, _Watch] = WeakKeyDictionary()
