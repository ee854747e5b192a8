"""What the modes of a sync work with: its log, its counts, the marketplace, and the way of a page into the tables."""

import asyncio
import time
import zlib
from collections.abc import Callable, Collection, Coroutine, Hashable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

import psycopg

from magflow_pipeline.accounts import Account
from magflow_pipeline.catalogue.options import Mode, SyncOptions
from magflow_pipeline.catalogue.store import PageStore
from magflow_pipeline.database.blockers import patiently_async
from magflow_pipeline.database.statements import run_statement
from magflow_pipeline.emag.answers import rows_in
from magflow_pipeline.emag.client import Marketplace, Page
from magflow_pipeline.emag.errors import FilterNotHonouredError, MarketplaceError, RefusedError
from magflow_pipeline.emag.offers import OFFERS
from magflow_pipeline.emag.resources import Filters
from magflow_pipeline.emag.sending import RequestOptions, RequestStats, TimeBudget
from magflow_pipeline.emag.wire import parse_envelope
from magflow_pipeline.settings import Settings
from magflow_pipeline.sync.logbook import Logbook, Tally
from magflow_pipeline.sync.pipe import Job, all_of, keep_full, uninterrupted
from magflow_pipeline.sync.sizes import PageSizes
from magflow_pipeline.text import noted

SECONDS_BETWEEN_LINES = 2.0
ROWS_OF_A_SINGLE_READ = 100  # several offers may carry one SKU
MOST_OFFERS = 10_000_000  # a count of more is taken for none
MOST_WAITING = 4  # pages that came and wait for the database, before no more are asked for

Value = TypeVar("Value")


@dataclass
class Run:
    """One sync of one account, from the opened log on."""

    session: psycopg.AsyncConnection
    account: Account
    settings: Settings
    options: SyncOptions
    mode: Mode
    logbook: Logbook
    store: PageStore
    marketplace: Marketplace
    traffic: RequestStats
    tally: Tally
    sizes: PageSizes
    in_flight: int
    tell: Callable[[str], None]
    extend: Callable[[int], None]
    """Makes the time limit long enough for so many requests."""
    left: Callable[[], float]
    """Seconds until the time limit."""
    ahead: Callable[[], int | None] = lambda: None
    """Pages still to come, as far as it is known."""
    next_line: float = 0
    storing: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0

    @property
    def share_seconds(self) -> float:
        """What all attempts at one page may take together: a third of the run (domain.md 5)."""
        return self.settings.sync_timeout_seconds / 3

    def note(self, error: str) -> None:
        """Into the log, and to whoever watches."""
        self.tally.note(error)
        self.tell(f"{self.account.name}: {error}")

    async def count(self, filters: Filters, sent: asyncio.Event) -> int | None:
        """How many offers there are; None, with a note, when the marketplace does not say."""
        try:
            offers = await self.marketplace.count(
                OFFERS, filters, RequestOptions(TimeBudget(self.share_seconds), sent=sent)
            )
        except RefusedError:
            raise
        except MarketplaceError as error:
            self.note(f"the count could not be read: {noted(error)}")
            return None
        if not 0 <= offers <= MOST_OFFERS:
            self.note(f"the count is not to be believed: a number of {len(str(offers))} digits is taken for none")
            return None
        self.tally.announced = offers
        await self.execute(self.logbook.announce, offers, self.mode.value)
        return offers

    async def keep(self, page: Page) -> None:
        """Store a page and say so. One whose answer was on its way while the database is behind waits packed."""
        is_behind = self._is_behind()
        self.waiting += 1
        try:
            if is_behind:
                page = replace(page, rows=[], body=zlib.compress(page.body, 1))
                await self.execute(self._unpack, page)
            else:
                await self.execute(self._keep, page)
        finally:
            self.waiting -= 1

    async def _unpack(self, page: Page) -> None:
        body = zlib.decompress(page.body)
        await self._keep(replace(page, rows=rows_in(parse_envelope(body)), body=body))

    async def all_of(self, jobs: Iterable[Job]) -> None:
        """Run jobs that ask the marketplace, and none while the database is behind."""
        await all_of(jobs, self.in_flight, self._is_behind)

    async def keep_full(self, next_job: Callable[[], Job | None]) -> None:
        """The same for jobs that are chosen one by one, as late as can be."""
        await keep_full(next_job, self.in_flight, self._is_behind)

    def _is_behind(self) -> bool:
        return self.waiting >= MOST_WAITING

    async def _keep(self, page: Page) -> None:
        self.tally.add_page(**asdict(await patiently_async(partial(self.store.store, page))))
        self.tally.requests, self.tally.throttled = self.traffic.requests, self.traffic.throttled
        ahead = self.ahead()
        total = None if ahead is None else self.tally.pages + ahead + self.waiting - 1  # this page waits no more
        await self.logbook.progress(self.tally, total, self.sizes.size, self.left())
        if time.monotonic() >= self.next_line:
            self.next_line = time.monotonic() + SECONDS_BETWEEN_LINES
            self.tell(f"{self.account.name}: {self._progress(total)}")

    def _progress(self, total: int | None) -> str:
        """How far it is, for a log that people read while it runs."""
        tally, seconds = self.tally, max(self.logbook.seconds, 0.001)
        left = f", {seconds * (total - tally.pages) / tally.pages:.0f} s left" if total else ""
        throttled = f", asked to slow down {tally.throttled} times" if tally.throttled else ""
        return (
            f"page {tally.pages} of {total or '?'}, {tally.fetched} offers, {tally.fetched / seconds:.0f}/s"
            f"{left}{throttled}"
        )

    async def execute(self, work: Callable[..., Coroutine[Any, Any, Value]], *arguments: Any) -> Value:
        """Work on the session: one at a time, and never cut short."""
        async with self.storing:
            return await uninterrupted(work(*arguments))

    async def query(self, name: str, **parameters: object) -> list[tuple[Any, ...]]:
        """The rows that the statement `name` returns."""
        known = {"account_type": self.account.name, "sync_log_id": self.store.sync_log_id}
        return await self.execute(partial(run_statement, self.session, name, **known, **parameters))

    async def read_singly(self, wanted: Collection[Filters]) -> "SingleReads":
        """Read offers one request each, by their filters; what comes is stored."""
        reads = SingleReads()
        await self.all_of(self._single(filters, reads) for filters in wanted)
        return reads

    def _single(self, filters: Filters, reads: "SingleReads") -> Job:
        async def read(sent: asyncio.Event) -> None:
            if reads.is_ignored:
                sent.set()
                return
            try:
                terms = RequestOptions(TimeBudget(self.share_seconds), sent=sent)
                page = await self.marketplace.read(OFFERS, filters, 1, ROWS_OF_A_SINGLE_READ, terms)
            except RefusedError:
                raise
            except FilterNotHonouredError as error:
                if not reads.is_ignored:
                    self.note(str(error))
                reads.is_ignored = True
            except MarketplaceError as error:
                self.note(f"the offer {_words(filters)} could not be read: {noted(error)}")
                reads.failed += 1
            else:
                if page.rows:
                    reads.found.update(self.store.identities(page))
                    storing = self.keep(page)
                    del page  # it may wait long, and packed
                    await storing
                else:
                    reads.absent.append(filters)

        return read


@dataclass
class SingleReads:
    """What single reads gave: offers found, filters without an offer, and whether the filter was ignored."""

    found: set[Hashable] = field(default_factory=set[Hashable])
    absent: list[Filters] = field(default_factory=list[Filters])
    failed: int = 0
    is_ignored: bool = False


def _words(filters: Mapping[str, int | str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in filters.items())
