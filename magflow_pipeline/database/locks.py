"""One sync per type and account, over all processes: a lock that dies with its owner.

A run's status can lie; a PostgreSQL session lock cannot. Whoever holds it is the only one that writes the
account's rows, on the same connection, and never reconnects.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

import psycopg

from magflow_pipeline.database.logbook import CATALOGUE

POLL_SECONDS = 1.0
# A lock of one bigint is shown in two halves.
HELD = """
SELECT EXISTS (
    SELECT FROM pg_locks
    WHERE
        locktype = 'advisory' AND granted AND objsubid = 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (classid::bigint << 32) | objid::bigint = hashtextextended(%(key)s, 0)
)
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
            raise LockTimeoutError(
                f"Another sync of account {account!r} is still running after {wait_seconds:.0f} s. "
                "See `magflow status`; start again when it has ended."
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
    session.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


async def _try(session: psycopg.AsyncConnection, key: str) -> bool:
    cursor = await session.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
    row = await cursor.fetchone()
    return bool(row and row[0])


def _is_held(session: psycopg.Connection, key: str) -> bool:
    """Whether another session holds the lock. Looked up, not tried: trying would be in the way of whoever wants it."""
    row = session.execute(HELD, {"key": key}).fetchone()
    return bool(row and row[0])


def _sync_key(account: str, sync_type: str) -> str:
    """As the view `running_syncs` makes it. The catalogue's has no type in it, as in the versions before types."""
    return f"magflow: sync {account}" + ("" if sync_type == CATALOGUE else f" {sync_type}")


def _run_key(run_id: str) -> str:
    return f"magflow: run {run_id}"
