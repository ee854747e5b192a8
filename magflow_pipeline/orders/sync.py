"""One sync of an account's orders: the present first, then the history that is missing, from the newest window back.

Windows, their watermarks and how far each is read are rows (`windows.py`), so that a sync that was killed is gone on
with by the next one: only the window that it was reading is read again.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import psycopg

from magflow_pipeline.accounts import Account
from magflow_pipeline.catalogue.known_accounts import remember_source
from magflow_pipeline.database.blockers import patiently_async
from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import run_statement
from magflow_pipeline.emag.errors import FilterNotHonouredError
from magflow_pipeline.emag.orders import ORDERS
from magflow_pipeline.emag.resources import Resource
from magflow_pipeline.orders.options import OrderOptions
from magflow_pipeline.orders.store import OrderStore
from magflow_pipeline.orders.windows import Question, Window, ask, due_windows, missing_windows
from magflow_pipeline.settings import Settings
from magflow_pipeline.sync.context import SyncContext
from magflow_pipeline.sync.in_flight import IN_FLIGHT
from magflow_pipeline.sync.lifecycle import Caller, Plan, Verdict, run_sync
from magflow_pipeline.sync.logbook import Outcome, SyncCounts
from magflow_pipeline.sync.pages import PageReader
from magflow_pipeline.sync.paging import Paging
from magflow_pipeline.sync.sync_types import ORDERS as ORDERS_TYPE
from magflow_pipeline.times import day_of

INCREMENTAL, BACKFILL = "incremental", "backfill"
MOST_SILENT = 2  # windows of a type in one sync, of both axes of the present to begin with
HISTORY_SHARE = 0.5  # of the time limit, after which no more history is begun
MOST_ASKED_FOR = 500  # orders in one sync, one by one
MOST_READINGS = 2  # of one window in one sync: orders may move while they are read


@dataclass(frozen=True)
class OrdersResult:
    """How a sync of orders went; `seconds` from start to end.

    `orders`: different ones that were received. `windows_left`: of history, for the next sync. `read_back_to`: the
    day in Bucharest from which on everything is there; None while not even today is.
    """

    account: str
    sync_log_id: int
    operation: str
    outcome: Outcome
    orders: int
    windows_read: int
    windows_left: int
    read_back_to: date | None
    counts: SyncCounts
    seconds: float

    @property
    def sentence(self) -> str:
        """One line for people."""
        counts = self.counts
        back = f"; everything since {self.read_back_to} is there" if self.read_back_to else ""
        left = f"; {self.windows_left} windows of history are left for the next sync" if self.windows_left else ""
        return (
            f"{self.account}: {self.outcome}, {self.orders} orders in {self.seconds:.1f} s ({counts.created} new, "
            f"{counts.updated} changed, {counts.unchanged} unchanged, {counts.rejected} rejected; "
            f"{counts.requests} requests){back}{left}"
        )


async def sync_orders(
    database: Database,
    settings: Settings,
    account: Account,
    options: OrderOptions,
    *,
    triggered_by: str = "unknown",
    dagster_run_id: str | None = None,
    tell: Callable[[str], None] = print,
    tell_limit: Callable[[float], None] = lambda _: None,
    in_flight: int = IN_FLIGHT,
) -> OrdersResult:
    """Read the orders of `account` into the database. One such sync per account runs at a time; another one waits.

    `tell_limit` is called with the new time limit, in seconds from the start, when many requests extend it.

    Raises:
        SyncFailedError: lock not free, credentials refused, deadline passed, no page readable, or a database error.
        ConfigurationError: the database has rows of another marketplace or user.
    """
    caller = Caller(triggered_by, dagster_run_id, tell, tell_limit)
    reading = _Reading(database, settings, account, options)
    end = await run_sync(database, settings, account, reading, caller, in_flight)
    result = OrdersResult(
        account.name,
        end.sync_log_id,
        end.operation,
        end.verdict.outcome,
        reading.orders,
        reading.windows_read,
        reading.windows_left,
        reading.read_back_to,
        end.counts,
        end.seconds,
    )
    caller.say(result.sentence)
    return result


@dataclass
class _Reading:
    """The steps of a sync of orders: a `SyncWork`. Its numbers are the result once it has read."""

    database: Database
    settings: Settings
    account: Account
    options: OrderOptions
    windows: list[Window] = field(default_factory=list[Window])
    orders: int = 0
    rejected: int = 0
    windows_read: int = 0
    windows_left: int = 0
    read_back_to: date | None = None
    sync_type = ORDERS_TYPE

    @property
    def resource(self) -> Resource:
        """The resource to read."""
        return ORDERS

    async def begin(self, session: psycopg.AsyncConnection, say: Callable[[str], None]) -> Plan:
        """Store the source of the account's rows, and the windows that have to be there."""
        await patiently_async(lambda: remember_source(self.database, self.settings, session, self.account, say))
        now, days = datetime.now(UTC), self.options.days or self.settings.order_history_days
        self.windows = await self._load(session)
        if added := missing_windows(self.windows, now, days):
            await add_windows(session, self.account.name, added)
            self.windows += added
        is_behind = any(each.is_missing(now) and not each.is_current(now) for each in self.windows)
        parameters = self.options.model_copy(update={"days": days}).model_dump_json()
        return Plan(BACKFILL if is_behind else INCREMENTAL, parameters, self.options.items_per_page)

    async def read(self, context: SyncContext) -> Verdict:
        """Read the windows that are due; history only as long as it leaves the next sync its time."""
        store = OrderStore(context.session, self.account.name, context.logbook.sync_log_id)
        await store.prepare()
        reader = PageReader(context, self.resource, store)
        due = due_windows(self.windows, datetime.now(UTC))
        is_whole = True
        silent: Counter[int] = Counter()  # windows of a type of which not one page came: more requests are futile
        for window in due:
            is_history = not window.is_current(datetime.now(UTC))
            if silent[window.order_type] >= MOST_SILENT or (is_history and self._is_time_up(context)):
                continue
            pages = context.counts.pages
            if await self._read_window(reader, store, window):
                self.windows_read += 1
            else:
                is_whole = False
            if context.counts.pages == pages:
                silent[window.order_type] += 1
        if due and not context.counts.pages:
            return Verdict("failed", answered=False)
        store.window = None
        is_whole = await self._ask_for_lines(reader) and is_whole
        self.orders, self.rejected = len(store.seen), len(store.rejected)
        return Verdict("completed" if is_whole and not store.rejected else "partial")

    async def conclude(self, context: SyncContext, verdict: Verdict) -> Verdict:
        """Say what is left and what is odd."""
        now = datetime.now(UTC)
        self.windows = await context.execute(self._load, context.session)
        history = [each for each in self.windows if each.ends_at <= now]
        self.windows_left = sum(each.is_missing(now) for each in history)
        self.read_back_to = _read_back_to(self.windows)
        odd = await context.query("orders/unknown_statuses")
        for status, orders in odd:
            context.say(f"{orders} orders have the status {status}, which is not known: they are stored as they came")
        if self.rejected:
            context.note(f"{self.rejected} orders or lines could not be stored: emag_rejected_orders says why")
        is_complete = verdict.outcome == "completed" and not self.windows_left
        return Verdict(verdict.outcome, is_complete=is_complete, is_proven=is_complete)

    async def _load(self, session: psycopg.AsyncConnection) -> list[Window]:
        rows = await run_statement(session, "orders/windows", account_type=self.account.name)
        return [Window(*row) for row in rows]

    def _is_time_up(self, context: SyncContext) -> bool:
        spent = asyncio.get_running_loop().time() - context.limit.began
        return spent > context.settings.sync_timeout_seconds * HISTORY_SHARE

    async def _ask_for_lines(self, reader: PageReader) -> bool:
        """Ask one by one for orders that changed and came without lines; whether all answered.

        eMAG sends some of its own orders empty when they are asked for by their change, and whole by their number.
        """
        context = reader.context
        wanted = await context.query("orders/orders_without_lines", most=MOST_ASKED_FOR)
        if not wanted:
            return True
        context.limit.extend(len(wanted))
        reads = await reader.read_singly([{"id": order_id, "type": order_type} for order_id, order_type in wanted])
        context.counts.announced = (context.counts.announced or 0) + len(reads.found)
        if reads.failed or reads.is_ignored:
            return False  # the next sync asks again
        await context.query("orders/orders_asked_for", order_ids=[order_id for order_id, _ in wanted])
        return True

    async def _read_window(self, reader: PageReader, store: OrderStore, window: Window) -> bool:
        """Read a window to its end, once more when orders moved meanwhile; whether it was read whole."""
        context, question = reader.context, ask(window, datetime.now(UTC))
        key = {"order_type": window.order_type, "axis": window.axis, "starts_at": window.starts_at}
        store.window = window
        context.say(f"reading {window.name}")
        doubt: str | None = None
        for attempt in range(MOST_READINGS):
            await context.query(
                "orders/window_begun", **key, asked_from=question.asked_from, asked_to=question.asked_to
            )
            paging, doubt = await self._read_once(reader, question)
            await context.query(
                "orders/window_ended",
                **key,
                reads_to=None if doubt else question.reads_to,
                total_items=paging.expected,
                distinct_items=paging.distinct,
                error=doubt,
            )
            if doubt is None:
                return True
            if attempt + 1 < MOST_READINGS and paging.reads and not paging.given_up:
                context.say(f"{window.name}: {doubt}; reading once more")
            else:
                break
        context.note(f"{window.name} could not be read whole: {doubt}. The next sync reads them again")
        return False

    async def _read_once(self, reader: PageReader, question: Question) -> tuple[Paging, str | None]:
        """One pass over the pages, and why it cannot be trusted, or None."""
        counts = reader.context.counts
        announced = counts.announced or 0
        paging = Paging(reader, question.filters)
        try:
            await reader.all_of([paging.count, paging.first_page()])
            if paging.reads:
                await paging.read_all()
        except FilterNotHonouredError as error:
            return paging, str(error)
        finally:
            counts.announced = announced + (paging.distinct if paging.expected is None else paging.expected)
        if not paging.reads:
            return paging, "not one page came"
        if paging.given_up:
            return paging, f"{len(paging.given_up)} of its pages failed"
        if not paging.at_end:
            return paging, "its end was not reached"
        if paging.expected is not None and paging.distinct < paging.expected:
            return paging, f"{paging.distinct} orders came and {paging.expected} were announced"
        return paging, None


async def add_windows(session: psycopg.AsyncConnection, account: str, windows: Sequence[Window]) -> None:
    """Store windows that are to be read."""
    await run_statement(
        session,
        "orders/windows_added",
        account_type=account,
        order_types=[each.order_type for each in windows],
        axes=[each.axis for each in windows],
        starts=[each.starts_at for each in windows],
        ends=[each.ends_at for each in windows],
    )


def _read_back_to(windows: list[Window]) -> date | None:
    """The first day from which on every window by creation, of every type, was read whole."""
    starts: list[datetime] = []
    for order_type in {each.order_type for each in windows}:
        start: datetime | None = None
        mine = sorted(each for each in windows if each.order_type == order_type and each.axis == "created")
        for window in reversed(mine):
            if window.read_to is None:
                break
            start = window.starts_at
        if start is None:
            return None
        starts.append(start)
    return day_of(max(starts)) if starts else None
