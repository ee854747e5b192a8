"""The log of a sync outlives its process, and does not stay `running` for ever."""

import asyncio

from magflow_pipeline.database.logbook import Tally, open_logbook


def test_the_next_sync_closes_the_log_of_one_that_died(database, session):
    """Runs that stay `running` (failure 6)."""

    async def die_and_start_again() -> None:
        async with database.connect_async("died") as first:
            logbook = await open_logbook(first, "main", "full", "{}", "test", None)
            await logbook.progress(Tally(pages=1, fetched=100), 13, 100, 600)
        async with database.connect_async("next") as second:
            logbook = await open_logbook(second, "main", "full", "{}", "test", None)
            await logbook.close(Tally(pages=1, fetched=3, created=3, announced=3), "completed", is_complete=True)

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
            await open_logbook(one, "main", "full", "{}", "test", None)
            await open_logbook(other, "fbe", "full", "{}", "test", None)

    asyncio.run(start_both())
    assert session.execute("SELECT count(*) FROM emag_sync_logs WHERE status = 'running'").fetchone() == (2,)
