"""Pages on their way into the database: one that comes alone is stored at once, those that wait in one transaction."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from magflow_pipeline.emag.client import Page

MOST_TOGETHER = 4  # pages in a transaction: more are hardly quicker
MOST_WAITING = 2 * MOST_TOGETHER  # pages that are not stored yet before requests stop


@dataclass
class PageBatcher:
    """Reads pages one after the other, and stores them, those that wait together, while the next are read.

    `read` does what needs no database. `store` commits pages, at most `most`, or nothing of them.
    """

    read: Callable[[Page], Awaitable[Page]]
    store: Callable[[Sequence[Page]], Awaitable[object]]
    most: int
    waiting: int = 0
    """Pages that are not stored yet."""
    _ready: list[Page] = field(default_factory=list[Page])
    """Those of them that are read and not being stored."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _unpacked: asyncio.Semaphore = field(init=False)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    _storing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        """Keep two batches out of their bytes: one is stored while the next is read."""
        self._unpacked = asyncio.Semaphore(2 * self.most)

    async def add(self, page: Page) -> None:
        """Read and store a page, unless a call before this one stores it with its own."""
        self.waiting += 1
        try:
            async with self._unpacked:
                async with self._reading:
                    page = await self.read(page)
                    self._ready.append(page)
                    self._changed.set()
                async with self._storing:
                    if self._is_ready(page):
                        await self._store()
        finally:
            self.waiting -= 1
            if self._is_ready(page):  # cancelled, or its transaction failed
                self._ready = [each for each in self._ready if each is not page]
            self._changed.set()

    async def _store(self) -> None:
        """Store what is ready, and what is being read as far as it goes with it."""
        while len(self._ready) < min(self.most, self.waiting):
            self._changed.clear()
            await self._changed.wait()
        pages, self._ready = self._ready[: self.most], self._ready[self.most :]
        try:
            await self.store(pages)
        except Exception:
            self._ready[:0] = pages  # nothing of them is stored: the others' calls are not done
            raise

    def _is_ready(self, page: Page) -> bool:
        return any(page is each for each in self._ready)
