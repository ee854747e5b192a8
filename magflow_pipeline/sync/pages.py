"""Moves pages of one resource from the marketplace into its tables, with back-pressure."""

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Protocol

from magflow_pipeline.database.blockers import patiently_async
from magflow_pipeline.emag.answers import rows_of
from magflow_pipeline.emag.client import Page
from magflow_pipeline.emag.errors import FilterNotHonouredError, MarketplaceError, RefusedError
from magflow_pipeline.emag.resources import Filters, Resource
from magflow_pipeline.emag.sending import RequestOptions, TimeBudget
from magflow_pipeline.sync.batching import MOST_TOGETHER, MOST_WAITING, PageBatcher
from magflow_pipeline.sync.context import SyncContext
from magflow_pipeline.sync.in_flight import Job, all_of, keep_in_flight
from magflow_pipeline.text import noted, times

SECONDS_BETWEEN_LINES = 2.0
ROWS_OF_A_SINGLE_READ = 100  # several rows may carry one key
MOST_ROWS = 10_000_000  # a larger count is not believed


@dataclass(frozen=True)
class PageCounts:
    """The outcomes of a page's rows: they add up to `fetched`."""

    fetched: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    duplicate: int


class Store(Protocol):
    """Where the rows of a resource go."""

    async def store(self, page: Page) -> PageCounts:
        """Commit a page whole, or nothing of it."""
        ...

    def identities(self, page: Page) -> list[Hashable]:
        """One identity per row of the page: an int where it has an id."""
        ...


async def _as_it_came(page: Page) -> Page:
    return page


@dataclass(frozen=True)
class _PackedPage(Page):
    """A page whose rows are only in its body, which is packed."""


@dataclass
class PageReader:
    """Reads and stores pages of one resource: many requests in flight, and no new one while the store is behind."""

    context: SyncContext
    resource: Resource
    store: Store
    ahead: Callable[[], int | None] = lambda: None
    """The number of pages still to come, None if unknown."""
    read_ahead: Callable[[Page], Awaitable[Page]] = _as_it_came
    """Does what needs no database, while the database works on the pages before."""
    store_all: Callable[[Sequence[Page]], Awaitable[list[PageCounts]]] | None = None
    """Commits pages in one transaction, or nothing of them; None: each is stored alone."""
    next_line: float = 0
    batcher: PageBatcher = field(init=False)

    def __post_init__(self) -> None:
        """Begin with no page that waits."""
        self.batcher = PageBatcher(self._unpack, self._keep, MOST_TOGETHER if self.store_all else 1)

    @property
    def budget_seconds(self) -> float:
        """Seconds for all attempts at one page: a third of the sync's limit (rules.md: Modes)."""
        return self.context.settings.sync_timeout_seconds / 3

    async def count(self, filters: Filters, sent: asyncio.Event) -> int | None:
        """The marketplace's count of rows; None, with a note, when it has no credible one."""
        context = self.context
        try:
            options = RequestOptions(TimeBudget(self.budget_seconds), sent=sent)
            rows = await context.marketplace.count(self.resource, filters, options)
        except RefusedError:
            raise
        except MarketplaceError as error:
            context.note(f"the count could not be read: {noted(error)}")
            return None
        if not 0 <= rows <= MOST_ROWS:
            context.note(f"the count is not to be believed: a number of {len(str(rows))} digits is taken for none")
            return None
        context.counts.announced = rows
        await context.execute(context.logbook.announce, rows)
        return rows

    async def read(self, filters: Filters, number: int, size: int, options: RequestOptions) -> Page:
        """A page, not stored yet."""
        return await self.context.marketplace.read(self.resource, filters, number, size, options)

    async def keep(self, page: Page) -> None:
        """Have a page stored and progress reported. If the database is behind, the page waits compressed."""
        if self._is_behind():
            page = _PackedPage(**dict(vars(page), rows=[], body=zlib.compress(page.body, 1)))
        adding = self.batcher.add(page)
        del page
        await adding

    async def all_of(self, jobs: Iterable[Job]) -> None:
        """Run jobs that ask the marketplace; start none while the database is behind."""
        await all_of(jobs, self.context.in_flight, self._is_behind)

    async def keep_in_flight(self, next_job: Callable[[], Job | None]) -> None:
        """The same for jobs that are chosen only when they can be sent."""
        await keep_in_flight(next_job, self.context.in_flight, self._is_behind)

    async def read_singly(self, wanted: Collection[Filters]) -> "SingleReads":
        """Read and store rows with one request for each of the filters."""
        reads = SingleReads()
        await self.all_of(self._single(filters, reads) for filters in wanted)
        return reads

    def _is_behind(self) -> bool:
        return self.batcher.waiting >= MOST_WAITING

    async def _unpack(self, page: Page) -> Page:
        if isinstance(page, _PackedPage):
            body = zlib.decompress(page.body)
            page = Page(**dict(vars(page), rows=rows_of(body), body=body))
        return await self.read_ahead(page)

    async def _keep(self, pages: Sequence[Page]) -> None:
        await self.context.execute(self._store, pages)

    async def _store(self, pages: Sequence[Page]) -> None:
        context, counts = self.context, self.context.counts
        if self.store_all:
            stored = await patiently_async(partial(self.store_all, pages))
        else:
            stored = [await patiently_async(partial(self.store.store, page)) for page in pages]
        for each in stored:
            counts.add_page(**asdict(each))
        counts.count_requests(context.marketplace.queue.stats)
        ahead = self.ahead()
        waiting = self.batcher.waiting - len(pages)  # these no longer wait
        total = None if ahead is None else counts.pages + ahead + waiting
        await context.logbook.progress(counts, total, context.sizes.size, context.limit.left)
        if time.monotonic() >= self.next_line:
            self.next_line = time.monotonic() + SECONDS_BETWEEN_LINES
            context.say(self._progress(total))

    def _progress(self, total: int | None) -> str:
        """The progress, as a line for people."""
        counts, seconds = self.context.counts, max(self.context.logbook.seconds, 0.001)
        left = f", {seconds * (total - counts.pages) / counts.pages:.0f} s left" if total else ""
        throttled = f", asked to slow down {times(counts.throttled)}" if counts.throttled else ""
        return (
            f"page {counts.pages} of {total or '?'}, {counts.fetched} {self.resource.noun}s, "
            f"{counts.fetched / seconds:.0f}/s{left}{throttled}"
        )

    def _single(self, filters: Filters, reads: "SingleReads") -> Job:
        async def read(sent: asyncio.Event) -> None:
            if reads.is_ignored:
                sent.set()
                return
            try:
                options = RequestOptions(TimeBudget(self.budget_seconds), sent=sent)
                page = await self.read(filters, 1, ROWS_OF_A_SINGLE_READ, options)
            except RefusedError:
                raise
            except FilterNotHonouredError as error:
                if not reads.is_ignored:
                    self.context.note(str(error))
                reads.is_ignored = True
            except MarketplaceError as error:
                self.context.note(f"the {self.resource.noun} {_words(filters)} could not be read: {noted(error)}")
                reads.failed += 1
            else:
                if page.rows:
                    reads.found.update(self.store.identities(page))
                    storing = self.keep(page)
                    del page  # so that a page that waits is kept compressed only
                    await storing
                else:
                    reads.absent.append(filters)

        return read


@dataclass
class SingleReads:
    """Results of single reads: identities found, filters without a row, and whether a filter was ignored."""

    found: set[Hashable] = field(default_factory=set[Hashable])
    absent: list[Filters] = field(default_factory=list[Filters])
    failed: int = 0
    is_ignored: bool = False


def _words(filters: Mapping[str, int | str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in filters.items())
