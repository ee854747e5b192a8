"""Keeps as many requests in flight as the rate limit allows; the next one is chosen only when it can be sent."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

Value = TypeVar("Value")

# The read timeout (180 s) times the speed limit (3 a second): more are never in flight.
IN_FLIGHT = 540

# A job sets the event that it is given once its request was sent.
Job = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


async def keep_in_flight(
    next_job: Callable[[], Job | None], in_flight: int, is_behind: Callable[[], bool] = lambda: False
) -> None:
    """Run jobs until there are none left; each starts when the request of the one before it was sent.

    `next_job` is called again after a job ended, which may have added more. Back-pressure: while `is_behind` (running
    jobs wait for something slower than the marketplace) none is started. The first error cancels the other jobs
    before it is raised.
    """
    running: set[asyncio.Task[None]] = set()
    try:
        while True:
            ended = {task for task in running if task.done()}
            for task in ended:
                task.result()
            running -= ended
            is_full = len(running) >= in_flight or (running and is_behind())
            job = None if is_full else next_job()
            if job is not None:
                sent = asyncio.Event()
                running.add(asyncio.create_task(job(sent)))
                await sent.wait()
            elif running:
                await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            else:
                return
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def all_of(jobs: Iterable[Job], in_flight: int, is_behind: Callable[[], bool] = lambda: False) -> None:
    """Run these jobs, at most `in_flight` at once."""
    remaining = iter(jobs)
    await keep_in_flight(lambda: next(remaining, None), in_flight, is_behind)


async def uninterrupted(coroutine: Coroutine[Any, Any, Value]) -> Value:
    """The result of `coroutine`, which ends before a cancellation is raised: an aborted COPY breaks its session."""
    task = asyncio.create_task(coroutine)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()
        raise
