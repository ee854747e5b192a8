"""Which session blocks another one: looked up while it waits, named in the error when the lock times out.

PostgreSQL's error names neither the lock nor its holder, and after the timeout they cannot be looked up any more.
Works for row locks, table locks and advisory locks.
"""

import os
import threading
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
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
    try:
        _look_out.add(watch)
        yield
    except psycopg.errors.LockNotAvailable:
        raise explain(session) from None
    finally:
        _look_out.remove(watch)
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


class _Watch:
    """Which session blocks `session`, as the look-out last found it."""

    def __init__(self, session: AnySession, url: str) -> None:
        self.url = url
        self._connection = session.pgconn
        self._pid = session.info.backend_pid
        self._begun = time.monotonic()
        self._found: tuple[float, dict[str, Any]] | None = None

    @property
    def blocker(self) -> dict[str, Any] | None:
        """The session that blocked it within the last FRESH_SECONDS; else None."""
        if self._found is None or time.monotonic() - self._found[0] > FRESH_SECONDS:
            return None
        return self._found[1]

    def may_wait(self) -> bool:
        """Whether a statement runs in a session that has been used for a while: nearly all are for less."""
        return (
            time.monotonic() - self._begun >= LOOK_SECONDS
            and self._connection.transaction_status == TransactionStatus.ACTIVE
        )

    def look(self, session: psycopg.Connection) -> None:
        """Ask over another session."""
        with session.cursor(row_factory=dict_row) as cursor:
            if (found := cursor.execute(BLOCKERS, [self._pid]).fetchone()) is not None:
                self._found = time.monotonic(), found


class _LookOut:
    """The thread that looks for blockers of all sessions of the process, and ends when none is in use.

    A thread for each use of a session had to be started and waited for a hundred times in a sync.
    """

    def __init__(self) -> None:
        self.forget_those_of_the_parent()

    def forget_those_of_the_parent(self) -> None:
        """Begin anew; also in a process that was forked, where another thread's lock would never be released."""
        self._lock = threading.RLock()  # garbage that is collected in here may end the use of a session
        self._watches = set[_Watch]()
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def add(self, watch: _Watch) -> None:
        with self._lock:
            self._watches.add(watch)
            self._start()

    def remove(self, watch: _Watch) -> None:
        """From here on its connection is not touched: it may be closed."""
        with self._lock:
            self._watches.discard(watch)

    def pause(self) -> None:
        """End the thread: none may be running when the process forks."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._ended.set()
        if thread is not None:
            thread.join()

    def resume(self) -> None:
        with self._lock:
            if self._watches:
                self._start()

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._ended = threading.Event()
            thread = threading.Thread(target=self._run, args=(self._ended,), daemon=True, name="magflow blockers")
            with suppress(RuntimeError):  # the system has no thread left: the next use of a session tries again
                thread.start()
                self._thread = thread

    def _run(self, ended: threading.Event) -> None:
        while not ended.wait(LOOK_SECONDS):
            with suppress(Exception), ExitStack() as stack:  # an explanation is not worth an error
                sessions: dict[str, psycopg.Connection] = {}
                while waiting := self._waiting():
                    for watch in waiting:
                        if watch.url not in sessions:
                            sessions[watch.url] = stack.enter_context(_session(watch.url))
                        watch.look(sessions[watch.url])
                    if ended.wait(LOOK_SECONDS):
                        return
            with self._lock:
                if not self._watches and not ended.is_set():
                    self._thread = None
                    return

    def _waiting(self) -> list[_Watch]:
        with self._lock:
            return [watch for watch in self._watches.copy() if watch.may_wait()]


def _session(url: str) -> psycopg.Connection:
    return psycopg.connect(url, autocommit=True, **parameters(url, "magflow blockers"))


_look_out = _LookOut()
os.register_at_fork(
    before=_look_out.pause, after_in_parent=_look_out.resume, after_in_child=_look_out.forget_those_of_the_parent
)
_watches: WeakKeyDictionary[AnySession, _Watch] = WeakKeyDictionary()
