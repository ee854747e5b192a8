"""One sync per type and account over all processes: an advisory lock, released when its owner dies.

A run's status can be stale; a session lock cannot. Its owner alone writes the account's rows, on the same
connection, and never reconnects.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

import psycopg
from psycopg.rows import dict_row

from magflow_pipeline.database.blockers import describe
from magflow_pipeline.database.locks import HOLDERS, LockTimeoutError, is_held
from magflow_pipeline.sync.sync_types import CATALOGUE

POLL_SECONDS = 1.0


@asynccontextmanager
async def account_lock(
    session: psycopg.AsyncConnection,
    sync_type: str,
    account: str,
    wait_seconds: float,
    on_wait: Callable[[str], None],
) -> AsyncGenerator[None]:
    """Hold the account's lock for syncs of a type on `session`, after waiting `wait_seconds` at most.

    Raises:
        LockTimeoutError: another sync of the account is still running.
    """
    key = _sync_key(sync_type, account)
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
        # A server that died has released the lock; a session that cannot be used any more does when it is closed.
        with suppress(psycopg.Error):
            await session.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


async def try_account_lock(session: psycopg.AsyncConnection, sync_type: str, account: str) -> bool:
    """Take the lock of the account and type until the transaction ends, if it is free; whether it was."""
    key = _sync_key(sync_type, account)
    cursor = await session.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    row = await cursor.fetchone()
    return bool(row and row[0])


def is_account_locked(session: psycopg.Connection, sync_type: str, account: str) -> bool:
    """Whether a sync of the type is running for the account, whoever started it."""
    return is_held(session, _sync_key(sync_type, account))


async def _try(session: psycopg.AsyncConnection, key: str) -> bool:
    cursor = await session.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
    row = await cursor.fetchone()
    return bool(row and row[0])


def _sync_key(sync_type: str, account: str) -> str:
    """The key, as in the view `running_syncs`. The catalogue's lacks the type, to exclude older versions too."""
    return f"magflow: sync {account}" + ("" if sync_type == CATALOGUE else f" {sync_type}")
