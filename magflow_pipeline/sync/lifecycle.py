"""The life cycle of a sync of any type: take the lock, open the log, read, conclude, always close the log."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import psycopg

from magflow_pipeline.accounts import Account
from magflow_pipeline.database.blockers import explain
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.locks import LockTimeoutError
from magflow_pipeline.emag.client import Retries
from magflow_pipeline.emag.errors import RefusedError
from magflow_pipeline.emag.resources import Resource
from magflow_pipeline.emag.sending import RequestStats
from magflow_pipeline.settings import Settings
from magflow_pipeline.sync.account_lock import account_lock
from magflow_pipeline.sync.context import SyncContext, TimeLimit
from magflow_pipeline.sync.in_flight import IN_FLIGHT, uninterrupted
from magflow_pipeline.sync.logbook import Logbook, Outcome, SyncCounts, as_error, open_logbook
from magflow_pipeline.sync.marketplace import open_account, requests_per_minute, window_of
from magflow_pipeline.sync.retention import delete_old
from magflow_pipeline.sync.sizes import PageSizes
from magflow_pipeline.text import noted
from magflow_pipeline.troubles import reason_of


class SyncFailedError(Exception):
    """The sync ended as `failed`: its result is unusable. The message says what to do."""


@dataclass(frozen=True)
class Verdict:
    """The result of a reading: `is_complete` when it proves which rows exist."""

    outcome: Outcome
    is_complete: bool = False
    is_proven: bool = False
    """Complete, and compared with an earlier whole reading."""
    answered: bool = True
    """False when not one page could be read."""


@dataclass(frozen=True)
class Plan:
    """Noted in the log of a sync before it reads: its `operation`, and its `parameters` as JSON."""

    operation: str
    parameters: str
    items_per_page: int


class SyncWork(Protocol):
    """The steps that depend on the type of sync. All run under the lock of type and account."""

    @property
    def sync_type(self) -> str:
        """The name of the type, as in `emag_sync_logs.sync_type`."""
        ...

    @property
    def resource(self) -> Resource:
        """The resource to read."""
        ...

    async def begin(self, session: psycopg.AsyncConnection, say: Callable[[str], None]) -> Plan:
        """Make sure that the account can be read into this database, and choose how.

        Raises:
            ConfigurationError: it cannot; no log is opened.
        """
        ...

    async def read(self, context: SyncContext) -> Verdict:
        """Read and store.

        Raises:
            SyncFailedError: the result is unusable.
        """
        ...

    async def conclude(self, context: SyncContext, verdict: Verdict) -> Verdict:
        """Draw conclusions from the whole reading, in the transaction that closes the log."""
        ...


@dataclass(frozen=True)
class Caller:
    """Who asked for a sync, with callbacks for lines to people and for an extended time limit in seconds."""

    triggered_by: str
    dagster_run_id: str | None
    tell: Callable[[str], None]
    tell_limit: Callable[[float], None]

    def say(self, line: str) -> None:
        """Tell a line, made safe if it quotes foreign text."""
        self.tell(as_error(line))


@dataclass(frozen=True)
class SyncEnd:
    """How a sync ended; `seconds` from start to end."""

    sync_log_id: int
    operation: str
    verdict: Verdict
    counts: SyncCounts
    seconds: float


async def run_sync(
    database: Database,
    settings: Settings,
    account: Account,
    work: SyncWork,
    caller: Caller,
    in_flight: int = IN_FLIGHT,
) -> SyncEnd:
    """Do `work` for `account`. One sync of a type and account runs at a time; another one waits.

    Raises:
        SyncFailedError: lock not free, credentials refused, deadline passed, no page readable, or a database error.
        ConfigurationError: the database has rows of another marketplace or user.
    """
    try:
        async with (
            database.connect_async(f"magflow sync {account.name}") as session,
            account_lock(session, work.sync_type, account.name, settings.sync_timeout_seconds, caller.say),
        ):
            plan = await work.begin(session, caller.say)
            end = await _Sync(database, settings, account, work, caller, in_flight, session, plan).run()
            try:
                await delete_old(session, settings)
            except psycopg.Error as error:  # the next sync does it
                caller.say(f"{account.name}: what is older than its retention could not be deleted: {noted(error)}")
            return end
    except LockTimeoutError as error:
        raise SyncFailedError(str(error)) from None
    except (psycopg.Error, OSError) as error:
        raise SyncFailedError(reason_of(error, f" while account {account.name!r} was synced")) from error


@dataclass
class _Sync:
    """One sync from opening its log to closing it."""

    database: Database
    settings: Settings
    account: Account
    work: SyncWork
    caller: Caller
    in_flight: int
    session: psycopg.AsyncConnection
    plan: Plan
    counts: SyncCounts = field(default_factory=SyncCounts)
    stats: RequestStats = field(default_factory=RequestStats)
    logbook: Logbook | None = None

    async def run(self) -> SyncEnd:
        """Read and conclude, and close the log whatever happens."""
        limit = self.settings.sync_timeout_seconds
        try:
            logbook = await uninterrupted(self._open())
            async with asyncio.timeout(limit) as deadline:
                return await self._read_and_conclude(logbook, deadline)
        except SyncFailedError as error:
            raise await self._failed(str(error)) from None
        except TimeoutError:
            raise await self._failed(
                f"The sync of account {self.account.name!r} did not end in time and was stopped. "
                f"EMAG_SYNC_TIMEOUT_SECONDS is {limit:.0f}; see whether the marketplace answers: magflow check."
            ) from None
        except RefusedError as error:
            raise await self._failed(str(error), kind="refused") from None
        except psycopg.errors.LockNotAvailable:
            raise await self._failed(str(explain(self.session))) from None
        except Exception as error:
            await self._failed(reason_of(error))
            raise
        except BaseException:  # a cancellation, Ctrl-C, Dagster's interrupt
            await self._failed("The sync was interrupted before its end.")
            raise

    async def _open(self) -> Logbook:
        """Open the log together with its deadline: without one it would count as another program's, dead or alive."""
        async with self.session.transaction():
            logbook = await open_logbook(
                self.session,
                self.work.sync_type,
                account_type=self.account.name,
                operation=self.plan.operation,
                parameters=self.plan.parameters,
                triggered_by=self.caller.triggered_by,
                dagster_run_id=self.caller.dagster_run_id,
            )
            limit = self.settings.sync_timeout_seconds
            await logbook.progress(self.counts, None, self.plan.items_per_page, limit)
        self.logbook = logbook
        return logbook

    async def _read_and_conclude(self, logbook: Logbook, deadline: asyncio.Timeout) -> SyncEnd:
        settings, resource = self.settings, self.work.resource
        began = asyncio.get_running_loop().time()
        limit = TimeLimit(deadline, began, window_of(resource.limit, settings), self.caller.tell_limit)
        options = {
            "retries": Retries(settings.retry_attempts, settings.retry_max_wait_seconds),
            "tell": self.caller.say,
            "stats": self.stats,
        }
        async with open_account(self.database, settings, self.account, resource, **options) as marketplace:
            context = SyncContext(
                account=self.account,
                settings=settings,
                session=self.session,
                logbook=logbook,
                counts=self.counts,
                limit=limit,
                marketplace=marketplace,
                sizes=PageSizes(self.plan.items_per_page),
                in_flight=self.in_flight,
                tell=self.caller.say,
            )
            verdict = await self.work.read(context)
        if not verdict.answered:
            raise SyncFailedError(
                f"No page of account {self.account.name!r} could be read: {self.counts.errors[-1]['error']}. "
                "See whether the marketplace answers: magflow check."
            )
        verdict = await uninterrupted(self._conclude(context, verdict))
        return SyncEnd(logbook.sync_log_id, logbook.operation, verdict, self.counts, logbook.seconds)

    async def _conclude(self, context: SyncContext, verdict: Verdict) -> Verdict:
        """Conclude and close the log in one transaction: both or neither."""
        async with self.session.transaction():
            verdict = await self.work.conclude(context, verdict)
            await self._close(
                context.logbook, verdict.outcome, is_complete=verdict.is_complete, is_proven=verdict.is_proven
            )
        return verdict

    async def _failed(self, reason: str, **also: str) -> SyncFailedError:
        """Close the log as failed; returns the error to raise."""
        reason = as_error(reason)
        self.counts.note(reason, **also)
        if self.logbook is not None:
            try:
                await self._close(self.logbook, "failed")
            except psycopg.Error:
                await self._close_briefly(self.logbook, reason)
        self.caller.say(f"{self.account.name}: {reason}")
        return SyncFailedError(reason)

    async def _close(
        self, logbook: Logbook, outcome: Outcome, *, is_complete: bool = False, is_proven: bool = False
    ) -> None:
        self.counts.count_requests(self.stats)
        self.counts.requests_per_minute = requests_per_minute(self.work.resource.limit, self.settings)
        await logbook.close(self.counts, outcome, is_complete=is_complete, is_proven=is_proven)

    async def _close_briefly(self, logbook: Logbook, reason: str) -> None:
        """Retry closing the log over a new session, with the reason only; else store the reason beside it.

        If the database is down, the next sync or the sweeper closes the log.
        """
        with suppress(psycopg.Error):
            async with self.database.connect_async(f"magflow end of sync {self.account.name}") as session:
                await session.execute("SET lock_timeout = '5s'")
                brief = SyncCounts()
                brief.note(reason)
                again = logbook.over(session)
                try:
                    await again.close(brief, "failed")
                except psycopg.Error:
                    await again.leave_open(reason)
