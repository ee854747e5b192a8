"""Permits to send: one limit over all who ask for the same name."""

import asyncio
import threading
import time
from datetime import UTC, datetime

import pytest

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.permits import open_permits
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.servers import of_superuser

COUNT, WINDOW = 4, 0.4


async def _acquire(permits, times: list[float], number: int) -> None:
    for _ in range(number):
        await permits.acquire()
        times.append(time.monotonic())


@both_servers
def test_two_who_ask_for_one_name_share_the_limit(database: Database):
    """Each process kept its own count, and together they were refused with 429."""

    async def run() -> list[float]:
        times: list[float] = []
        await asyncio.gather(_acquire(first, times, 6), _acquire(second, times, 6))
        return sorted(times)

    with (
        open_permits(database, "main", COUNT, WINDOW) as first,
        open_permits(database, "main", COUNT, WINDOW) as second,
    ):
        times = asyncio.run(run())
    assert all(later - earlier > WINDOW * 0.8 for earlier, later in zip(times, times[COUNT:], strict=False))
    with database.connect() as session:
        [granted] = session.execute("SELECT count(*) FROM limits.ratelimit___main").fetchone() or [0]
    assert granted == len(times)  # a permit that came too late is given back


def test_a_permit_that_came_too_late_is_not_used(database: Database):
    """A busy process sent late, and the requests that followed stood too close."""

    async def run() -> datetime:
        with open_permits(database, "busy", COUNT, WINDOW) as permits:
            waiting = asyncio.create_task(permits.acquire())
            await asyncio.sleep(0)
            time.sleep(0.2)  # noqa: ASYNC251  # the loop is busy while the permit is granted in its thread
            free_again = datetime.now(UTC)
            await waiting
            return free_again

    free_again = asyncio.run(run())
    with database.connect() as session:
        granted = session.execute("SELECT item_timestamp AT TIME ZONE 'UTC' FROM limits.ratelimit___busy ORDER BY 1")
        [used] = [at for (at,) in granted]  # the late one was given back: it would hold up the next request
    assert free_again <= used


TARDY = """
CREATE SEQUENCE limits.asked;
GRANT USAGE ON SEQUENCE limits.asked TO public;
CREATE FUNCTION limits.be_tardy() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE number integer := nextval('limits.asked');
BEGIN IF number = 3 OR {} THEN PERFORM pg_sleep(0.3); END IF; RETURN NEW; END $$;
CREATE TRIGGER tardy BEFORE INSERT ON limits.ratelimit___tardy FOR EACH ROW EXECUTE FUNCTION limits.be_tardy()
"""


@pytest.mark.parametrize(("always", "late"), [(False, 1), (True, 4)])
def test_a_permit_that_the_database_gave_late_is_not_used_unless_all_are(database: Database, always: bool, late: int):
    """It was dated before it was stored and fresh from its answer on: the permits that followed stood too close.

    All permits of a database that is always as slow cannot be let go: that would be waiting for ever.
    """
    used = 6

    async def run() -> None:
        with open_permits(database, "tardy", 100, 60) as permits:
            with of_superuser(database).connect() as session:
                session.execute(TARDY.format(always))
            async with asyncio.timeout(30):
                for _ in range(used):
                    await permits.acquire()

    asyncio.run(run())
    with of_superuser(database).connect() as session:
        asked, kept = session.execute(
            "SELECT (SELECT last_value FROM limits.asked), (SELECT count(*) FROM limits.ratelimit___tardy)"
        ).fetchall()[0]
    assert asked >= used + late
    assert kept == used  # one that was kept unused would hold up the next request for a whole window


AHEAD = "INSERT INTO limits.ratelimit___ahead SELECT 'ahead', 1, now() + interval '1 day' FROM generate_series(1, 9)"


@pytest.mark.parametrize("moment", ["before", "meanwhile"])
def test_permits_dated_ahead_cost_one_window_at_most(database: Database, moment: str):
    """The database's clock was set back, and everybody waited until the time that it had shown before."""
    with open_permits(database, "ahead", COUNT, WINDOW), database.connect() as session:
        if moment == "before":
            session.execute(AHEAD)

    async def run() -> float:
        with open_permits(database, "ahead", COUNT, WINDOW) as permits, database.connect() as session:
            if moment == "meanwhile":
                session.execute(AHEAD)
            start = time.monotonic()
            await permits.acquire()
            return time.monotonic() - start

    assert WINDOW * 0.8 < asyncio.run(run()) < WINDOW + 2
    with database.connect() as session:
        ahead = session.execute("SELECT FROM limits.ratelimit___ahead WHERE item_timestamp > now() + interval '1 min'")
        assert ahead.fetchall() == []


def test_waiting_for_a_permit_can_be_ended(database: Database):
    """A denied permit kept a thread for ever, and with it the process whose time was over."""

    async def run() -> None:
        with open_permits(database, "slow", 1, 3600) as permits:
            await permits.acquire()
            async with asyncio.timeout(0.3):
                await permits.acquire()

    threads = threads_but_the_look_out()
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        asyncio.run(run())
    assert time.monotonic() - start < 5
    assert threads_but_the_look_out() == threads


def threads_but_the_look_out() -> set[threading.Thread]:
    """That one ends by itself, a moment after the last session was used."""
    return {thread for thread in threading.enumerate() if thread.name != "magflow blockers"}
