"""Permits to send: one limit over all who ask for the same name."""

import asyncio
import time

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.permits import open_permits
from magflow_pipeline_tests.conftest import both_servers

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
    assert granted >= len(times)  # a permit that came too late is let go


def test_a_permit_that_came_too_late_is_not_used(database: Database):
    """A busy process sent late, and the requests that followed stood too close."""

    async def run() -> float:
        with open_permits(database, "busy", COUNT, WINDOW) as permits:
            waiting = asyncio.create_task(permits.acquire())
            await asyncio.sleep(0)
            time.sleep(0.2)  # noqa: ASYNC251  # the loop is busy while the permit is granted in its thread
            await waiting
        with database.connect() as session:
            newest = "SELECT count(*), extract(epoch FROM clock_timestamp() - max(item_timestamp) AT TIME ZONE 'UTC')"
            granted, age = session.execute(f"{newest} FROM limits.ratelimit___busy").fetchone() or (0, 9)
        assert granted == 2
        return float(age)

    assert asyncio.run(run()) < 0.15
