"""One sync per type and account, over all processes: a lock that dies with its owner.

A run's status can lie; a PostgreSQL session lock cannot. Whoever holds it is the only one that writes the
account's rows, on the same connection, and never reconnects.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import psycopg
from psycopg.rows import dict_row

from magflow_pipeline.database.blockers import describe
from magflow_pipeline.database.logbook import CATALOGUE

POLL_SECONDS = 1.0
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


@asynccontextmanager
async def account_lock(
    session: psycopg.AsyncConnection,
    account: str,
    wait_seconds: float,
    on_wait: Callable[[str], None],
    sync_type: str = CATALOGUE,
) -> AsyncGenerator[None]:
    """Hold the account's lock for syncs of a type on `session`, after waiting `wait_seconds` at most.

    Raises:
        LockTimeoutError: another sync of the account is still running.
    """
    key = _sync_key(account, sync_type)
    deadline = time.monotonic() + wait_seconds
    told = False
    while not await _try(session, key):
        if not told:
            on_wait(f"{account}: another sync is running; waiting up to {wait_seconds:.0f} s for it to end")
            told = True
        if time.monotonic() > deadline:
            async with session.cursor(row_factory=dict_row) as cursor:
                found = await (await cursor.execute(HOLDERS, {"key": key})).fetchone()
            raise LockTimeoutError(
                f"Another sync of account {account!r} is still running after {wait_seconds:.0f} s. "
                f"See `magflow status`; start again when it has ended. {describe(found)}"
            )
        await asyncio.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        # A server that went away took the lock with it.
        with suppress(psycopg.OperationalError, psycopg.InterfaceError):
            await session.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


async def try_account_lock(session: psycopg.AsyncConnection, account: str, sync_type: str = CATALOGUE) -> bool:
    """Take the lock of the account and type until the transaction ends, if nobody has it; whether it was taken."""
    key = _sync_key(account, sync_type)
    cursor = await session.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    row = await cursor.fetchone()
    return bool(row and row[0])


def is_account_locked(session: psycopg.Connection, account: str, sync_type: str = CATALOGUE) -> bool:
    """Whether a sync of the type is running for the account, whoever started it."""
    return _is_held(session, _sync_key(account, sync_type))


def hold_run(session: psycopg.Connection, run_id: str) -> None:
    """Say, as long as `session` lives, that the process of a Dagster run is alive."""
    session.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [_run_key(run_id)])


def is_run_held(session: psycopg.Connection, run_id: str) -> bool:
    """Whether the process of a Dagster run is alive: a run's status can lie, its lock cannot."""
    return _is_held(session, _run_key(run_id))


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


async def _try(session: psycopg.AsyncConnection, key: str) -> bool:
    cursor = await session.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
    row = await cursor.fetchone()
    return bool(row and row[0])


def _is_held(session: psycopg.Connection, key: str) -> bool:
    return bool(holders(session, key))


def _sync_key(account: str, sync_type: str) -> str:
    """As the view `running_syncs` makes it. The catalogue's has no type in it, as in the versions before types."""
    return f"magflow: sync {account}" + ("" if sync_type == CATALOGUE else f" {sync_type}")


def _run_key(run_id: str) -> str:
    return f"magflow: run {run_id}"
