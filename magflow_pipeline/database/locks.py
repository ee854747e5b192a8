"""PostgreSQL advisory locks, exclusive over all processes; the server releases them when their owner dies."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

TURN_SECONDS = 60.0  # the holder needs seconds, and gives up itself when it meets another lock
# pg_locks shows a bigint key in two halves.
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
    """Another session holds the lock and did not release it in time."""


def hold_run(session: psycopg.Connection, run_id: str) -> None:
    """Hold the lock of a Dagster run while `session` lives: the sign that the run's process is alive."""
    session.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [_run_key(run_id)])


def is_run_held(session: psycopg.Connection, run_id: str) -> bool:
    """Whether the process of a Dagster run is alive: its status can be stale, its lock cannot."""
    return is_held(session, _run_key(run_id))


def one_at_a_time(session: psycopg.Connection, name: str) -> None:
    """Take the lock `name` until the transaction ends, waiting at most TURN_SECONDS for another holder."""
    with _patience(session, TURN_SECONDS):
        session.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def wait_for(session: psycopg.Connection, name: str, seconds: float) -> None:
    """Take the lock `name` until `session` ends or releases it, waiting at most `seconds` for another holder."""
    with _patience(session, seconds):
        session.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])


def build_lock(table: str, account: str = "") -> str:
    """The name of the lock under which a derived table is built, or its inputs are renamed: one at a time.

    With an account where its part of the table is built alone.
    """
    return f"magflow: {table} {account}".rstrip()


def holders(session: psycopg.Connection, key: str) -> list[dict[str, Any]]:
    """The sessions that hold a lock. Read from pg_locks, not tried: taking the lock would block whoever wants it."""
    with session.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(HOLDERS, {"key": key}).fetchall()


@contextmanager
def _patience(session: psycopg.Connection, seconds: float) -> Generator[None]:
    """Raise `lock_timeout`, which ends advisory waits too: the holder is another MagFlow process, known to end."""
    session.execute("SELECT set_config('lock_timeout', %s, false)", [f"{seconds:.0f}s"])
    yield
    session.execute("RESET lock_timeout")


def is_held(session: psycopg.Connection, key: str) -> bool:
    """Whether some session holds a lock."""
    return bool(holders(session, key))


def _run_key(run_id: str) -> str:
    return f"magflow: run {run_id}"
