"""The log of a sync outlives its process, and does not stay `running` for ever."""

import asyncio

import pytest

from magflow_pipeline.sync.logbook import SyncCounts, open_logbook
from magflow_pipeline.sync.sync_types import CATALOGUE


def test_the_next_sync_closes_the_log_of_one_that_died(database, session):
    """Runs that stay `running` (failure 6)."""

    async def die_and_start_again() -> None:
        async with database.connect_async("died") as first:
            logbook = await open_logbook(first, CATALOGUE, "main", "full", "{}", "test", None)
            await logbook.progress(SyncCounts(pages=1, fetched=100), 13, 100, 600)
        async with database.connect_async("next") as second:
            logbook = await open_logbook(second, CATALOGUE, "main", "full", "{}", "test", None)
            await logbook.close(SyncCounts(pages=1, fetched=3, created=3, announced=3), "completed", is_complete=True)

    asyncio.run(die_and_start_again())
    logs = session.execute(
        "SELECT status, errors -> 0 ->> 'error', duration_seconds >= 0 FROM emag_sync_logs ORDER BY id"
    )
    assert logs.fetchall() == [
        ("failed", "The process of this sync died before its end.", True),
        ("completed", None, True),
    ]
    assert session.execute("SELECT count(*) FROM emag_sync_progress").fetchone() == (0,)


def test_another_accounts_running_log_is_left_alone(database, session):
    async def start_both() -> None:
        async with database.connect_async("one") as one, database.connect_async("other") as other:
            await open_logbook(one, CATALOGUE, "main", "full", "{}", "test", None)
            await open_logbook(other, CATALOGUE, "fbe", "full", "{}", "test", None)

    asyncio.run(start_both())
    assert session.execute("SELECT count(*) FROM emag_sync_logs WHERE status = 'running'").fetchone() == (2,)


# What a log says never keeps it from being closed


HOSTILE = ["NUL \x00 in it", "half of a pair \ud800", "x" * 3_000_000, "\x1b[2J\x07 bell", '"}]\\u0000', "\u202egnp"]


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_log_is_closed_whatever_it_says(database, session, text):
    """A NUL in an error left the log running, without a reason."""

    async def fail() -> None:
        async with database.connect_async("sync") as connection:
            logbook = await open_logbook(connection, CATALOGUE, "main", "full", "{}", f"who {text}", f"run {text[:30]}")
            counted = SyncCounts()
            counted.note(f"page 1: {text}")
            await logbook.close(counted, "failed")

    asyncio.run(fail())
    [(status, error, who)] = session.execute(
        "SELECT status, errors -> -1 ->> 'error', triggered_by FROM emag_sync_logs"
    ).fetchall()
    assert status == "failed" and error.startswith("page 1: ") and who.startswith("who ")
    assert len(error) < 1100 and len(who) < 400 and error.isprintable()
    if len(text) > 1000:
        assert "(3000008 characters)" in error


def test_whoever_closes_a_log_says_why_it_was_open(database, session):
    """Its process was said to have died: it could not write into the log."""

    async def leave_and_start_again() -> None:
        async with database.connect_async("first") as connection:
            logbook = await open_logbook(connection, CATALOGUE, "main", "full", "{}", "test", None)
            await logbook.progress(SyncCounts(), None, 100, 600)
            await logbook.leave_open("The marketplace refused \x00 the credentials.")
        async with database.connect_async("next") as connection:
            await open_logbook(connection, CATALOGUE, "main", "full", "{}", "test", None)

    asyncio.run(leave_and_start_again())
    said = session.execute("SELECT errors -> -1 ->> 'error' FROM emag_sync_logs ORDER BY id LIMIT 1").fetchone()
    assert said == (r"The marketplace refused \x00 the credentials.",)
