"""One sync of an account's offers: choice of the mode, conclusions, and the result for people."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import psycopg

from magflow_pipeline.accounts import Account
from magflow_pipeline.catalogue.choices import Mode
from magflow_pipeline.catalogue.full import read_everything
from magflow_pipeline.catalogue.incremental import read_low
from magflow_pipeline.catalogue.known_accounts import remember_source
from magflow_pipeline.catalogue.options import SyncOptions
from magflow_pipeline.catalogue.removal import conclude_removal
from magflow_pipeline.catalogue.selective import read_chosen
from magflow_pipeline.catalogue.store import PageStore
from magflow_pipeline.database.blockers import patiently_async
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import run_statement
from magflow_pipeline.emag.offers import OFFERS
from magflow_pipeline.settings import Settings
from magflow_pipeline.sync.context import SyncContext
from magflow_pipeline.sync.in_flight import IN_FLIGHT
from magflow_pipeline.sync.lifecycle import Caller, Plan, SyncFailedError, Verdict, run_sync
from magflow_pipeline.sync.logbook import Outcome, SyncCounts
from magflow_pipeline.sync.pages import PageReader
from magflow_pipeline.sync.sync_types import CATALOGUE
from magflow_pipeline.text import noted

MOST_READ_FULL = 6000  # offers: above this, full scans are for the night (rules.md: Modes)
FIRST_READING = "first reading, not yet proven"
MOST_REFUSED_NAMED = 3
READERS = {Mode.FULL: read_everything, Mode.INCREMENTAL: read_low, Mode.SELECTIVE: read_chosen}


@dataclass(frozen=True)
class ScanResult:
    """How a scan went; `seconds` from start to end."""

    account: str
    sync_log_id: int
    mode: Mode
    outcome: Outcome
    is_complete: bool
    is_first_reading: bool
    counts: SyncCounts
    seconds: float

    @property
    def coverage(self) -> str:
        """How much of the catalogue was seen, and whether that is proven."""
        announced = "unknown" if self.counts.announced is None else self.counts.announced
        return f"{self.counts.seen} of {announced}" + (f", {FIRST_READING}" if self.is_first_reading else "")

    @property
    def sentence(self) -> str:
        """One line for people."""
        counts = self.counts
        total = f" of {counts.announced}" if counts.announced is not None else ""
        removed = f", {counts.removed} removed" if counts.removed else ""
        return (
            f"{self.account}: {self.outcome}, {counts.seen}{total} offers in {self.seconds:.1f} s "
            f"({counts.created} new, {counts.updated} changed, {counts.unchanged} unchanged, {counts.rejected} rejected"
            f"{removed}; {counts.requests} requests){f'; {FIRST_READING}' if self.is_first_reading else ''}"
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

    `tell_limit` is called with the new time limit, in seconds from the start, when many requests extend it.

    Raises:
        SyncFailedError: lock not free, credentials refused, deadline passed, no page readable, or a database error.
        ConfigurationError: the database has rows of another marketplace or user.
    """
    caller = Caller(triggered_by, dagster_run_id, tell, tell_limit)
    scan = _Scan(database, settings, account, options)
    end = await run_sync(database, settings, account, scan, caller, in_flight)
    mode, verdict = Mode(end.operation), end.verdict
    result = ScanResult(
        account.name,
        end.sync_log_id,
        mode,
        verdict.outcome,
        verdict.is_complete,
        mode is Mode.FULL and verdict.outcome == "completed" and not scan.was_read_before,
        end.counts,
        end.seconds,
    )
    caller.say(result.sentence)
    return result


@dataclass
class _Scan:
    """The steps of a sync of the catalogue: a `SyncWork`."""

    database: Database
    settings: Settings
    account: Account
    options: SyncOptions
    was_read_before: bool = False
    sync_type = CATALOGUE
    resource = OFFERS

    async def begin(self, session: psycopg.AsyncConnection, say: Callable[[str], None]) -> Plan:
        """Store the source of the account's rows, and choose the mode."""
        await patiently_async(lambda: remember_source(self.database, self.settings, session, self.account, say))
        mode = self.options.mode or await self._usual_mode(session)
        parameters = self.options.model_copy(update={"mode": mode}).model_dump_json()
        return Plan(mode.value, parameters, self.options.items_per_page)

    async def _usual_mode(self, session: psycopg.AsyncConnection) -> Mode:
        """Selective when offers are chosen, incremental for a catalogue too big to be read whole each time."""
        if self.options.chooses:
            return Mode.SELECTIVE
        [(known,)] = await run_statement(session, "catalogue/known_count", account_type=self.account.name)
        asks_for_pages = self.options.max_pages or not self.options.include_inactive
        return Mode.INCREMENTAL if known > MOST_READ_FULL and not asks_for_pages else Mode.FULL

    async def read(self, context: SyncContext) -> Verdict:
        """Read what the mode asks for."""
        store = PageStore(context.session, self.account.name, context.logbook.sync_log_id)
        await store.prepare()
        # All its joins are equalities. Of an account that came after the last statistics the planner expects one row,
        # and a nested loop would compare each with all others. By key is read what has it on (settings_of_pages.sql).
        await context.session.execute("SET enable_nestloop = off")
        reader = PageReader(context, self.resource, store, read_ahead=store.read_ahead, store_all=store.store_all)
        verdict = await READERS[Mode(context.logbook.operation)](reader, store, self.options)
        counts = context.counts
        if verdict.answered and context.logbook.operation == Mode.FULL and counts.stored == 0 < counts.fetched:
            raise SyncFailedError(
                f"Not one of {counts.fetched} rows of account {self.account.name!r} could be stored: "
                "emag_rejected_offers says why. Has the marketplace changed its answers?"
            )
        return verdict

    async def conclude(self, context: SyncContext, verdict: Verdict) -> Verdict:
        """Conclude removals, and add the day's stock sample."""
        [(self.was_read_before,)] = await context.query("catalogue/whole_reading_before")
        verdict = replace(verdict, is_proven=verdict.is_complete and self.was_read_before)
        verdict = await self._tell_refused(context, await conclude_removal(context, verdict))
        await context.query("catalogue/stock_snapshots")
        return verdict

    async def _tell_refused(self, context: SyncContext, verdict: Verdict) -> Verdict:
        """Report known offers that could not be stored: their stock is stale, so the sync is partial."""
        refused = await context.query("catalogue/refused_offers", most=MOST_REFUSED_NAMED)
        if not refused:
            return verdict
        counts = context.counts
        counts.refused = refused[0][-1]
        named = "; ".join(f"SKU {noted(sku)}: {noted(reason)}" for sku, reason, _ in refused)
        more = f"; and {counts.refused - len(refused)} more" if counts.refused > len(refused) else ""
        context.note(
            f"known offers could not be stored, so their stock is that of their last good reading: {named}{more}"
        )
        return replace(verdict, outcome="partial")
