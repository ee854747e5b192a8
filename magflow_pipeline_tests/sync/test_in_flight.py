"""The pipe of requests: what becomes of its jobs when some of them fail."""

import asyncio
import gc

import pytest

from magflow_pipeline.sync.in_flight import all_of


def test_of_two_errors_at_once_one_is_raised_and_none_is_told_on_the_console():
    """Asyncio writes a traceback for each error that nobody has looked at."""
    untold: list[str] = []

    async def run() -> None:
        loop, now = asyncio.get_running_loop(), asyncio.Event()
        loop.set_exception_handler(lambda _, context: untold.append(context["message"]))
        loop.call_later(0.01, now.set)

        async def fail(sent: asyncio.Event) -> None:
            sent.set()
            await now.wait()
            raise ValueError

        with pytest.raises(ValueError):
            await all_of([fail, fail], in_flight=2)

    asyncio.run(run())
    gc.collect()
    assert untold == []
