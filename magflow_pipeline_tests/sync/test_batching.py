"""Which pages are stored in one transaction, and what becomes of those that wait when one fails."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from magflow_pipeline.emag.client import Page
from magflow_pipeline.sync.batching import PageBatcher

MOST = 4


class Database:
    """Stores pages by their numbers when it is let, and fails at those of number 0."""

    def __init__(self) -> None:
        self.stored: list[list[int]] = []
        self.is_free = asyncio.Event()
        self.failures = 0
        self.batcher = PageBatcher(self.read, self.store, MOST)

    async def read(self, page: Page) -> Page:
        await asyncio.sleep(0)
        if page.number < 0:
            raise ValueError
        return page

    async def store(self, pages: Sequence[Page]) -> None:
        numbers = [page.number for page in pages]
        self.stored.append(numbers)
        await self.is_free.wait()
        if 0 in numbers or self.failures:
            self.failures -= 0 not in numbers
            raise ValueError

    def add(self, *numbers: int) -> "list[asyncio.Task[None]]":
        return [
            asyncio.create_task(self.batcher.add(Page(number, 100, {}, [], b"", 200, datetime.now(UTC), 0.1)))
            for number in numbers
        ]


async def settled() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


def test_a_page_that_comes_alone_is_stored_at_once():
    async def run() -> None:
        database = Database()
        database.is_free.set()
        for number in range(1, 4):
            await asyncio.gather(*database.add(number))
        assert database.stored == [[1], [2], [3]]

    asyncio.run(run())


def test_pages_that_come_while_one_is_stored_are_stored_together_each_once():
    async def run() -> None:
        database = Database()
        adding = database.add(1)
        await settled()
        adding += database.add(*range(2, 9))
        await settled()
        assert (database.stored, database.batcher.waiting) == ([[1]], 8)
        database.is_free.set()
        await asyncio.gather(*adding)
        assert (database.stored, database.batcher.waiting) == ([[1], [2, 3, 4, 5], [6, 7, 8]], 0)

    asyncio.run(run())


@pytest.mark.parametrize("fatal", [0, -1], ids=["stored", "read"])
def test_after_pages_that_fail_the_next_one_waits_for_none_of_them(fatal):
    """Where the marketplace ignored a filter, the reader goes on without it."""

    async def run() -> None:
        database = Database()
        adding = database.add(1, 2, fatal, 3, 4, 5, 6, 7, 8, 9)
        await settled()
        database.is_free.set()
        with pytest.raises(ValueError):
            await asyncio.gather(*adding)
        for each in adding:
            each.cancel()
        await asyncio.gather(*adding, return_exceptions=True)
        assert database.batcher.waiting == 0
        await asyncio.wait_for(database.batcher.add(Page(99, 1, {}, [], b"", 200, datetime.now(UTC), 0.1)), 5)
        assert database.stored[-1] == [99]

    asyncio.run(run())


def test_after_cancelled_pages_the_next_one_is_stored_without_them():
    async def run() -> None:
        database = Database()
        adding = database.add(*range(1, 12))
        await settled()
        for each in adding:
            each.cancel()
        await asyncio.gather(*adding, return_exceptions=True)
        assert database.batcher.waiting == 0
        database.is_free.set()
        await asyncio.gather(*database.add(99))
        assert database.stored == [[1, 2, 3, 4], [99]]

    asyncio.run(run())


def test_pages_of_a_transaction_that_failed_are_stored_or_fail_themselves():
    """Only the first of them failed; the calls of the others ended as if their pages were there."""

    async def run() -> None:
        database = Database()
        database.failures = 1
        adding = database.add(1, 2, 3)
        await settled()
        database.is_free.set()
        first, *others = await asyncio.gather(*adding, return_exceptions=True)
        assert isinstance(first, ValueError) and others == [None, None]
        assert database.stored == [[1, 2, 3], [2, 3]]
        assert database.batcher.waiting == 0

    asyncio.run(run())
