"""The account's lock: one holder over all processes, free as soon as the holder is gone."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import LockTimeoutError
from magflow_pipeline.sync.account_lock import account_lock
from magflow_pipeline.sync.sync_types import CATALOGUE
from magflow_pipeline_tests.conftest import both_servers

HOLDER = """
import asyncio, sys
from magflow_pipeline.database.connection import Database
from magflow_pipeline.sync.account_lock import account_lock
async def hold():
    async with Database(sys.argv[1], "").connect_async("holder") as session:
        async with account_lock(session, "products", "main", 0, print):
            print("held", flush=True)
            await session.execute("SELECT pg_sleep(120)")
asyncio.run(hold())
"""


@contextmanager
def holder(database: Database) -> Iterator[subprocess.Popen]:
    """Another process that holds the lock of main, in the middle of a statement."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", HOLDER, database.url], stdout=subprocess.PIPE
    ) as child:
        try:
            assert child.stdout is not None and child.stdout.readline() == b"held\n"
            yield child
        finally:
            child.kill()


async def take(database: Database, account: str, wait_seconds: float) -> list[str]:
    said: list[str] = []
    async with (
        database.connect_async("test") as session,
        account_lock(session, CATALOGUE, account, wait_seconds, said.append),
    ):
        return said


@pytest.mark.slow
@both_servers
def test_a_killed_holder_frees_the_lock(database):
    """A run that was killed blocked every later one, and its status said running."""
    with holder(database) as child:
        with pytest.raises(LockTimeoutError, match="'main' is still running"):
            asyncio.run(take(database, "main", 0))
        child.kill()
        child.wait()
        started = time.monotonic()
        asyncio.run(take(database, "main", 30))
        assert time.monotonic() - started < 10


def test_who_waits_says_so_once_and_another_account_does_not_wait(database):
    async def run() -> list[str]:
        async with database.connect_async("holder") as session:
            async with account_lock(session, CATALOGUE, "main", 0, print):
                assert await take(database, "fbe", 0) == []
                waiting = asyncio.create_task(take(database, "main", 30))
                await asyncio.sleep(1.5)
                assert not waiting.done()
            return await waiting

    assert asyncio.run(run()) == ["main: another sync is running; waiting up to 30 s for it to end"]
