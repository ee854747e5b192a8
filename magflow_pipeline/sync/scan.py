"""The scan of one account: every page in, committed rows and a closed log out.

Pages are asked for as fast as the speed limit gives permits, and stored one after another as they arrive.
"""

import asyncio
import math
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass, field
from typing import Any

import psycopg

from magflow_pipeline.accounts import Account
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.known_accounts import remember_source
from magflow_pipeline.database.locks import LockTimeoutError, account_lock
from magflow_pipeline.database.logbook import Logbook, Outcome, Tally, open_logbook
from magflow_pipeline.database.permits import open_permits
from magflow_pipeline.database.statements import transform
from magflow_pipeline.emag.client import Marketplace, Page, Retries, Traffic, open_marketplace
from magflow_pipeline.emag.errors import MarketplaceError, RefusedError
from magflow_pipeline.emag.limits import window_seconds
from magflow_pipeline.settings import Settings
from magflow_pipeline.sync.options import SyncOptions
from magflow_pipeline.sync.store import PageStore

PAGES_WITHOUT_A_COUNT = 6  # asked for at once when the marketplace does not say how many there are
PAGES_BEYOND_THE_COUNT = 50  # a server that sends full pages for ever is stopped here


class SyncFailedError(Exception):
    """The sync ended as `failed`: nothing to rely on. The message says what to do."""


@dataclass(frozen=True)
class ScanResult:
    """How a scan went; `seconds` from start to end."""

    account: str
    sync_log_id: int
    outcome: Outcome
    is_complete: bool
    tally: Tally
    seconds: float

    @property
    def sentence(self) -> str:
        """One line for people."""
        tally = self.tally
        total = f" of {tally.announced}" if tally.announced is not None else ""
        return (
            f"{self.account}: {self.outcome}, {tally.stored}{total} offers in {self.seconds:.1f} s "
            f"({tally.created} new, {tally.updated} changed, {tally.unchanged} unchanged, {tally.rejected} rejected; "
            f"{tally.requests} requests)"
        )


async def sync_account(
    database: Database,
    settings: Settings,
    account: Account,
    options: SyncOptions,
    *,
    triggered_by: str = "unknown",
    dagster_run_id: str | None = None,
    tell: Callable[[str], None] = print,
) -> ScanResult:
    """Read the offers of `account` into the database. One sync per account runs at a time; another one waits.

    Raises:
        SyncFailedError: credentials were refused, time ran out, or no page could be read; the log says so too.
        ConfigurationError: the database holds rows of another marketplace or user.
    """
    async with database.connect_async(f"magflow sync {account.name}") as session:
        try:
            async with account_lock(session, account.name, settings.sync_timeout_seconds, tell):
                await remember_source(session, account)
                scan = _Scan(database, settings, account, options, session, triggered_by, dagster_run_id, tell)
                return await scan.run()
        except LockTimeoutError as error:
            raise SyncFailedError(str(error)) from None


@dataclass
class _Scan:
    database: Database
    settings: Settings
    account: Account
    options: SyncOptions
    session: psycopg.AsyncConnection
    triggered_by: str
    dagster_run_id: str | None
    tell: Callable[[str], None]
    logbook: Logbook = field(init=False)
    store: PageStore = field(init=False)
    tally: Tally = field(default_factory=Tally)
    traffic: Traffic = field(default_factory=Traffic)
    is_open: bool = False
    at_end: bool = False
    storing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> ScanResult:
        """Scan, and close the log whatever happens."""
        limit = self.settings.sync_timeout_seconds
        try:
            await _uninterrupted(self.begin())
            async with asyncio.timeout(limit) as deadline:
                await self.scan(deadline)
        except TimeoutError:
            raise await self.failed(
                f"The sync of account {self.account.name!r} did not end in time and was stopped. "
                f"EMAG_SYNC_TIMEOUT_SECONDS is {limit:.0f}; see whether the marketplace answers: magflow check."
            ) from None
        except RefusedError as error:
            raise await self.failed(str(error)) from None
        except Exception as error:
            await self.failed(f"{type(error).__name__}: {error}")
            raise
        except BaseException:  # a cancellation, Ctrl-C, Dagster's interrupt
            await self.failed("The sync was interrupted before its end.")
            raise
        return await self.concluded()

    async def begin(self) -> None:
        """Open the log."""
        self.logbook = await open_logbook(
            self.session,
            account_type=self.account.name,
            operation=self.options.mode.value,
            parameters=self.options.model_dump_json(),
            triggered_by=self.triggered_by,
            dagster_run_id=self.dagster_run_id,
        )
        self.store = PageStore(self.session, self.account.name, self.logbook.sync_log_id)
        self.is_open = True

    async def scan(self, deadline: asyncio.Timeout) -> None:
        """Read everything, then take the day's stock sample."""
        settings = self.settings
        window = window_seconds(settings.requests_per_second, settings.requests_per_minute)
        await self.store.prepare()
        with open_permits(self.database, self.account.name, settings.requests_per_second, window) as permits:
            async with open_marketplace(
                self.account,
                permits,
                read_timeout=settings.read_timeout_seconds,
                retries=Retries(
                    settings.retry_attempts, settings.retry_max_wait_seconds, settings.sync_timeout_seconds / 3
                ),
                tell=self.tell,
                traffic=self.traffic,
            ) as marketplace:
                await self.read_first(marketplace)
                enough = 2 * (self.pages_total or 0) * window / settings.requests_per_second
                if enough > settings.sync_timeout_seconds:
                    deadline.reschedule(asyncio.get_running_loop().time() + enough)
                await self.read_rest(marketplace)
        await self.logbook.session.execute(transform("stock_snapshots"), {"sync_log_id": self.logbook.sync_log_id})

    async def read_first(self, marketplace: Marketplace) -> None:
        """Page 1 beside the count: a refusal shows before more is sent."""
        await _together(self.count(marketplace), self.read(marketplace, 1))

    async def read_rest(self, marketplace: Marketplace) -> None:
        """The other pages at full speed, until a page is not full; then, if need be, the count once more."""
        if self.tally.pages == 0 and self.tally.announced is None:
            return  # nothing was answered: asking for more only burns the budget
        cap = self.options.max_pages or self.planned_pages + PAGES_BEYOND_THE_COUNT
        done, wave = 1, self.planned_pages - 1
        while not self.at_end and done < cap:
            numbers = range(done + 1, done + 1 + min(max(wave, 1), cap - done))
            stored = self.tally.pages
            await _together(*(self.read(marketplace, number) for number in numbers))
            done += len(numbers)
            if self.tally.pages == stored:
                break  # none of them could be read
            # All the announced pages were full: there may be more, so look on.
            wave = 1 if self.tally.announced is not None else PAGES_WITHOUT_A_COUNT
        if not self.at_end:
            self.note(f"stopped after {done} pages, before the end of the catalogue")
        elif self.distinct != self.tally.announced:
            await self.count(marketplace)

    async def count(self, marketplace: Marketplace) -> None:
        """Ask how many offers there are; without an answer the scan goes on."""
        try:
            count = await marketplace.count_offers(self.options.filters)
            # Fewer than before: an offer went while pages moved up, and another one may have been skipped.
            self.tally.announced = max(count, self.tally.announced or 0)
        except RefusedError:
            raise
        except MarketplaceError as error:
            self.note(f"the count could not be read: {error}")

    async def read(self, marketplace: Marketplace, number: int) -> None:
        """Read and store one page; a page that keeps failing is skipped and told."""
        size = self.options.items_per_page
        try:
            page = await marketplace.read_page(number, size, self.options.filters)
        except RefusedError:
            raise
        except MarketplaceError as error:
            self.tally.pages_failed += 1
            self.note(f"page {number} was given up: {error}")
            return
        async with self.storing:
            await _uninterrupted(self.keep(page))
        self.at_end = self.at_end or len(page.rows) < size

    async def keep(self, page: Page) -> None:
        """Store a page and say so."""
        self.tally.add_page(**asdict(await self.store.store(page)))
        await self.logbook.progress(self.tally, self.pages_total)

    async def concluded(self) -> ScanResult:
        """Judge what was read, close the log and tell (domain.md 5)."""
        tally = self.tally
        if tally.pages == 0:
            raise await self.failed(
                f"No page of account {self.account.name!r} could be read: {tally.errors[-1]['error']}. "
                "See whether the marketplace answers: magflow check."
            )
        if tally.stored == 0 < tally.fetched:
            raise await self.failed(
                f"Not one of {tally.fetched} rows of account {self.account.name!r} could be stored: "
                "emag_rejected_offers says why. Has the marketplace changed its answers?"
            )
        if tally.announced is not None and self.at_end and self.distinct != tally.announced:
            self.note(f"{self.distinct} distinct offers were received, and the marketplace says {tally.announced}")
        is_whole = self.at_end and tally.pages_failed == 0 and self.distinct == tally.announced
        outcome: Outcome = "completed" if is_whole else "partial"
        is_complete = is_whole and self.options.include_inactive and self.options.max_pages is None
        await self.close(outcome, is_complete=is_complete)
        result = ScanResult(
            self.account.name, self.logbook.sync_log_id, outcome, is_complete, tally, self.logbook.seconds
        )
        self.tell(result.sentence)
        return result

    async def failed(self, reason: str) -> SyncFailedError:
        """Close the log as failed; the error to raise."""
        self.tally.note(reason)
        if self.is_open:
            await self.close("failed")
        self.tell(f"{self.account.name}: {reason}")
        return SyncFailedError(reason)

    async def close(self, outcome: Outcome, *, is_complete: bool = False) -> None:
        """Write the end into the log."""
        self.tally.requests, self.tally.throttled = self.traffic.requests, self.traffic.throttled
        await self.logbook.close(self.tally, outcome, is_complete=is_complete)

    def note(self, error: str) -> None:
        """Into the log, and to whoever watches."""
        self.tally.note(error)
        self.tell(f"{self.account.name}: {error}")

    @property
    def distinct(self) -> int:
        """Offers received, each once."""
        return self.tally.stored + self.tally.rejected

    @property
    def planned_pages(self) -> int:
        """Pages that the count stands for."""
        if self.tally.announced is None:
            return PAGES_WITHOUT_A_COUNT
        return max(1, math.ceil(self.tally.announced / self.options.items_per_page))

    @property
    def pages_total(self) -> int | None:
        """Pages to expect; None when the marketplace did not say."""
        if self.tally.announced is None:
            return None
        return min(self.planned_pages, self.options.max_pages or self.planned_pages)


async def _uninterrupted(coroutine: Coroutine[Any, Any, None]) -> None:
    """Let it end before a cancellation goes on: a COPY that is cut short leaves its session unusable."""
    task = asyncio.create_task(coroutine)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()
        raise


async def _together(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run them at once; the first error ends the others before it is raised."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        for task in asyncio.as_completed(tasks):
            await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
