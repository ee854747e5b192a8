"""One sync of one account: lock, log, the reading that its mode asks for, and a verdict, whatever happens."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import psycopg

from magflow_pipeline.accounts import Account
from magflow_pipeline.catalogue.full import Verdict, read_everything
from magflow_pipeline.catalogue.incremental import read_low
from magflow_pipeline.catalogue.known_accounts import remember_source
from magflow_pipeline.catalogue.options import Mode, SyncOptions
from magflow_pipeline.catalogue.removal import conclude_removal
from magflow_pipeline.catalogue.run import Run
from magflow_pipeline.catalogue.selective import read_chosen
from magflow_pipeline.catalogue.store import PageStore
from magflow_pipeline.database.blockers import explain, patiently_async
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import LockTimeoutError
from magflow_pipeline.database.statements import run_statement
from magflow_pipeline.emag.client import Retries
from magflow_pipeline.emag.errors import RefusedError
from magflow_pipeline.emag.offers import OFFERS
from magflow_pipeline.emag.sending import RequestStats
from magflow_pipeline.settings import Settings
from magflow_pipeline.sync.account_lock import account_lock
from magflow_pipeline.sync.logbook import Logbook, Outcome, Tally, as_error, open_logbook
from magflow_pipeline.sync.marketplace import open_account, window_of
from magflow_pipeline.sync.pipe import IN_FLIGHT, uninterrupted
from magflow_pipeline.sync.retention import delete_old
from magflow_pipeline.sync.sizes import PageSizes
from magflow_pipeline.text import noted
from magflow_pipeline.troubles import reason_of

MOST_READ_FULL = 6000  # offers: above, a full scan is for the night (domain.md 5)
FIRST_READING = "first reading, not yet proven"
MOST_REFUSED_NAMED = 3
READERS = {Mode.FULL: read_everything, Mode.INCREMENTAL: read_low, Mode.SELECTIVE: read_chosen}


class SyncFailedError(Exception):
    """The sync ended as `failed`: nothing to rely on. The message says what to do."""


@dataclass(frozen=True)
class ScanResult:
    """How a scan went; `seconds` from start to end."""

    account: str
    sync_log_id: int
    mode: Mode
    outcome: Outcome
    is_complete: bool
    is_first_reading: bool
    tally: Tally
    seconds: float

    @property
    def coverage(self) -> str:
        """How much of the catalogue was seen, and whether that is proven."""
        announced = "unknown" if self.tally.announced is None else self.tally.announced
        return f"{self.tally.seen} of {announced}" + (f", {FIRST_READING}" if self.is_first_reading else "")

    @property
    def sentence(self) -> str:
        """One line for people."""
        tally = self.tally
        total = f" of {tally.announced}" if tally.announced is not None else ""
        removed = f", {tally.removed} removed" if tally.removed else ""
        return (
            f"{self.account}: {self.outcome}, {tally.seen}{total} offers in {self.seconds:.1f} s "
            f"({tally.created} new, {tally.updated} changed, {tally.unchanged} unchanged, {tally.rejected} rejected"
            f"{removed}; {tally.requests} requests){f'; {FIRST_READING}' if self.is_first_reading else ''}"
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
    tell_limit: Callable[[float], None] = lambda _: None,
    in_flight: int = IN_FLIGHT,
) -> ScanResult:
    """Read the offers of `account` into the database. One sync per account runs at a time; another one waits.

    `tell_limit` is told the seconds after which the sync ends by itself when its many requests need a longer limit.

    Raises:
        SyncFailedError: credentials were refused, time ran out, or no page could be read; the log says so too.
        ConfigurationError: the database holds rows of another marketplace or user.
    """

    def say(line: str) -> None:
        tell(as_error(line))

    try:
        async with (
            database.connect_async(f"magflow sync {account.name}") as session,
            account_lock(session, account.name, settings.sync_timeout_seconds, say),
        ):
            await patiently_async(lambda: remember_source(database, settings, session, account, say))
            result = await _Scan(
                database, settings, account, options, session, triggered_by, dagster_run_id, say, tell_limit, in_flight
            ).run()
            try:
                await delete_old(session, settings)
            except psycopg.Error as error:  # the next sync does it
                say(f"{account.name}: what is older than its retention could not be deleted: {noted(error)}")
            return result
    except LockTimeoutError as error:
        raise SyncFailedError(str(error)) from None
    except (psycopg.Error, OSError) as error:
        raise SyncFailedError(reason_of(error, f" while account {account.name!r} was synced")) from error


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
    tell_limit: Callable[[float], None]
    in_flight: int
    logbook: Logbook = field(init=False)
    mode: Mode = Mode.FULL
    tally: Tally = field(default_factory=Tally)
    traffic: RequestStats = field(default_factory=RequestStats)
    is_open: bool = False
    was_read_before: bool = False

    async def run(self) -> ScanResult:
        """Scan, and close the log whatever happens."""
        limit = self.settings.sync_timeout_seconds
        try:
            await uninterrupted(self.begin())
            async with asyncio.timeout(limit) as deadline:
                return await self.scan(deadline)
        except SyncFailedError:
            raise
        except TimeoutError:
            raise await self.failed(
                f"The sync of account {self.account.name!r} did not end in time and was stopped. "
                f"EMAG_SYNC_TIMEOUT_SECONDS is {limit:.0f}; see whether the marketplace answers: magflow check."
            ) from None
        except RefusedError as error:
            raise await self.failed(str(error)) from None
        except psycopg.errors.LockNotAvailable:
            raise await self.failed(str(explain(self.session))) from None
        except Exception as error:
            await self.failed(reason_of(error))
            raise
        except BaseException:  # a cancellation, Ctrl-C, Dagster's interrupt
            await self.failed("The sync was interrupted before its end.")
            raise

    async def begin(self) -> None:
        """Choose the mode and open the log."""
        self.mode = self.options.mode or await self.usual_mode()
        self.logbook = await open_logbook(
            self.session,
            account_type=self.account.name,
            operation=self.mode.value,
            parameters=self.options.model_copy(update={"mode": self.mode}).model_dump_json(),
            triggered_by=self.triggered_by,
            dagster_run_id=self.dagster_run_id,
        )
        self.is_open = True
        limit = self.settings.sync_timeout_seconds
        await self.logbook.progress(self.tally, None, self.options.items_per_page, limit)

    async def usual_mode(self) -> Mode:
        """Selective when offers are chosen, incremental for a catalogue too big to be read whole each time."""
        if self.options.chooses:
            return Mode.SELECTIVE
        [(known,)] = await run_statement(self.session, "catalogue/known_count", account_type=self.account.name)
        asks_for_pages = self.options.max_pages or not self.options.include_inactive
        return Mode.INCREMENTAL if known > MOST_READ_FULL and not asks_for_pages else Mode.FULL

    async def scan(self, deadline: asyncio.Timeout) -> ScanResult:
        """Read what the mode asks for, and conclude."""
        settings, loop = self.settings, asyncio.get_running_loop()
        began = loop.time()
        permits, seconds = window_of(OFFERS.limit, settings)
        store = PageStore(self.session, self.account.name, self.logbook.sync_log_id)
        await store.prepare()

        def extend(requests: int) -> None:
            """Twice the time that so many requests take, where that is longer (domain.md 5)."""
            enough = 2 * requests * seconds / permits
            if loop.time() + enough > (deadline.when() or 0):
                deadline.reschedule(loop.time() + enough)
                self.tell_limit(loop.time() + enough - began)

        retries = Retries(settings.retry_attempts, settings.retry_max_wait_seconds)
        async with open_account(
            self.database, settings, self.account, OFFERS, retries=retries, tell=self.tell, stats=self.traffic
        ) as marketplace:
            run = Run(
                session=self.session,
                account=self.account,
                settings=settings,
                options=self.options,
                mode=self.mode,
                logbook=self.logbook,
                store=store,
                marketplace=marketplace,
                traffic=self.traffic,
                tally=self.tally,
                sizes=PageSizes(self.options.items_per_page),
                in_flight=self.in_flight,
                tell=self.tell,
                extend=extend,
                left=lambda: (deadline.when() or 0) - loop.time(),
            )
            verdict = await READERS[self.mode](run)
        self.mode = run.mode
        await self.check(verdict)
        verdict = await uninterrupted(self.conclude(run, verdict))
        result = ScanResult(
            self.account.name,
            self.logbook.sync_log_id,
            self.mode,
            verdict.outcome,
            verdict.is_complete,
            self.mode is Mode.FULL and verdict.outcome == "completed" and not self.was_read_before,
            self.tally,
            self.logbook.seconds,
        )
        self.tell(result.sentence)
        return result

    async def check(self, verdict: Verdict) -> None:
        """Fail where there is nothing to rely on."""
        tally = self.tally
        if not verdict.answered:
            raise await self.failed(
                f"No page of account {self.account.name!r} could be read: {tally.errors[-1]['error']}. "
                "See whether the marketplace answers: magflow check."
            )
        if self.mode is Mode.FULL and tally.stored == 0 < tally.fetched:
            raise await self.failed(
                f"Not one of {tally.fetched} rows of account {self.account.name!r} could be stored: "
                "emag_rejected_offers says why. Has the marketplace changed its answers?"
            )

    async def conclude(self, run: Run, verdict: Verdict) -> Verdict:
        """Removals, the day's stock sample and the end of the log, in one transaction: all of them or none."""
        async with self.session.transaction():
            [(self.was_read_before,)] = await run.query("catalogue/whole_reading_before")
            verdict = replace(verdict, is_proven=verdict.is_complete and self.was_read_before)
            verdict = await self.tell_refused(run, await conclude_removal(run, verdict))
            await run.query("catalogue/stock_snapshots")
            await self.close(verdict.outcome, is_complete=verdict.is_complete, is_proven=verdict.is_proven)
        return verdict

    async def tell_refused(self, run: Run, verdict: Verdict) -> Verdict:
        """A known offer that could not be stored keeps an old stock: that is no complete sync."""
        refused = await run.query("catalogue/refused_offers", most=MOST_REFUSED_NAMED)
        if not refused:
            return verdict
        self.tally.refused = refused[0][-1]
        named = "; ".join(f"SKU {noted(sku)}: {noted(reason)}" for sku, reason, _ in refused)
        more = f"; and {self.tally.refused - len(refused)} more" if self.tally.refused > len(refused) else ""
        run.note(f"known offers could not be stored, so their stock is that of their last good reading: {named}{more}")
        return replace(verdict, outcome="partial")

    async def failed(self, reason: str) -> SyncFailedError:
        """Close the log as failed; the error to raise."""
        reason = as_error(reason)
        self.tally.note(reason)
        if self.is_open:
            try:
                await self.close("failed")
            except psycopg.Error:
                await self.close_briefly(reason)
        self.tell(f"{self.account.name}: {reason}")
        return SyncFailedError(reason)

    async def close(self, outcome: Outcome, *, is_complete: bool = False, is_proven: bool = False) -> None:
        """Write the end into the log."""
        self.tally.requests, self.tally.throttled = self.traffic.requests, self.traffic.throttled
        await self.logbook.close(self.tally, outcome, is_complete=is_complete, is_proven=is_proven)

    async def close_briefly(self, reason: str) -> None:
        """Where the log could not be closed: once more over a new session and with the reason only, else beside it.

        Where the database is gone, the next sync or the sweeper closes the log.
        """
        with suppress(psycopg.Error):
            async with self.database.connect_async(f"magflow end of sync {self.account.name}") as session:
                await session.execute("SET lock_timeout = '5s'")
                logbook = Logbook(session, self.logbook.sync_log_id, self.logbook.started_at)
                brief = Tally()
                brief.note(reason)
                try:
                    await logbook.close(brief, "failed")
                except psycopg.Error:
                    await logbook.leave_open(reason)
