"""PostgreSQL advisory locks: what one session at a time may do, over all processes. They die with their owner."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

INVENTORY, REPORT = "magflow: inventory", "magflow: low_stock_report"  # what is derived is derived by one at a time
TURN_SECONDS = 60.0  # what is done one at a time takes seconds, and gives up itself where it meets a lock
# A lock of one bigint is shown in two halves.
HOLDERS = """
SELECT activity.pid, usename, application_name, client_addr::text, state, xact_start, query
FROM pg_locks
INNER JOIN pg_stat_activity AS activity ON pg_locks.pid = activity.pid
WHERE
    locktype = 'advisory' AND granted AND objsubid = 1
    AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (classid::bigint << 32) | objid::bigint = hashtextextended(%(key)s, 0)
"""


class LockTimeoutError(Exception):
    """Somebody else holds the lock and did not let go in time."""


def hold_run(session: psycopg.Connection, run_id: str) -> None:
    """Say, as long as `session` lives, that the process of a Dagster run is alive."""
    session.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [_run_key(run_id)])


def is_run_held(session: psycopg.Connection, run_id: str) -> bool:
    """Whether the process of a Dagster run is alive: a run's status can lie, its lock cannot."""
    return is_held(session, _run_key(run_id))


def one_at_a_time(session: psycopg.Connection, name: str) -> None:
    """Let one transaction at a time do what `name` says; the others wait for its end."""
    with _patience(session, TURN_SECONDS):
        session.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def wait_for(session: psycopg.Connection, name: str, seconds: float) -> None:
    """Hold, until `session` ends or lets go, what one session at a time may hold."""
    with _patience(session, seconds):
        session.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])


def holders(session: psycopg.Connection, key: str) -> list[dict[str, Any]]:
    """The sessions that hold a lock. Looked up, not tried: trying would be in the way of whoever wants it."""
    with session.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(HOLDERS, {"key": key}).fetchall()


@contextmanager
def _patience(session: psycopg.Connection, seconds: float) -> Generator[None]:
    """Wait longer than usual: for one of us, who is known to end. `lock_timeout` ends advisory waits too."""
    session.execute("SELECT set_config('lock_timeout', %s, false)", [f"{seconds:.0f}s"])
    yield
    session.execute("RESET lock_timeout")


def is_held(session: psycopg.Connection, key: str) -> bool:
    """Whether some session holds a lock."""
    return bool(holders(session, key))


def _run_key(run_id: str) -> str:
    return f"magflow: run {run_id}"
