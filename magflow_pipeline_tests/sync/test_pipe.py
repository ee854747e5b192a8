"""The pipe of requests: what becomes of its jobs when some of them fail."""

import asyncio
import gc

import pytest

from magflow_pipeline.sync.pipe import all_of


def test_of_two_errors_at_once_one_is_raised_and_none_is_told_on_the_console():
    """Asyncio writes a traceback for each error that nobody has looked at."""
    untold: list[str] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: untold.append(context["message"]))
        together = asyncio.Barrier(2)

        async def fail(sent: asyncio.Event) -> None:
            sent.set()
            await together.wait()
            raise ValueError

        with pytest.raises(ValueError):
            await all_of([fail, fail], in_flight=2)
        gc.collect()

    asyncio.run(run())
    assert untold == []
