"""The orders that syncs would have read before the demo home was made: at eMAG's pace, 400 days take minutes.

They are stored as a sync stores them, window by window, without the way over HTTP. What is sold afterwards, and what
becomes of these orders, is read by syncs.
"""

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import run_statement
from magflow_pipeline.emag.client import Page
from magflow_pipeline.emag.values import Json
from magflow_pipeline.orders.store import OrderStore
from magflow_pipeline.orders.sync import BACKFILL, add_windows
from magflow_pipeline.orders.windows import CREATED, Window, ask, missing_windows
from magflow_pipeline.settings import Settings
from magflow_pipeline.simulator.orders import written_order
from magflow_pipeline.simulator.sales import Sales
from magflow_pipeline.sync.account_lock import try_account_lock
from magflow_pipeline.sync.logbook import SyncCounts, open_logbook
from magflow_pipeline.sync.sync_types import ORDERS


def load_demo_orders(database: Database, settings: Settings, sales: dict[str, Sales]) -> int:
    """Store the orders that were made before the opening of `sales`, by account; returns how many.

    Nothing is done for an account whose orders were read already, or are being read.
    """

    async def load() -> int:
        loads = [_load(database, settings, sales[name]) for name in settings.accounts if name in sales]
        return sum([await each for each in loads])

    return asyncio.run(load())


async def _load(database: Database, settings: Settings, sales: Sales) -> int:
    account, opened = sales.account, datetime.fromtimestamp(sales.opened, UTC)
    async with database.connect_async("magflow demo") as session, session.transaction():
        if not await try_account_lock(session, ORDERS, account):
            return 0
        if await run_statement(session, "orders/windows", account_type=account):
            return 0
        days = settings.order_history_days
        windows = missing_windows([], opened, days)
        await add_windows(session, account, windows)
        parameters = json.dumps({"days": days})
        logbook = await open_logbook(session, ORDERS, account, BACKFILL, parameters, "the past of the demo", None)
        store, counts = OrderStore(session, account, logbook.sync_log_id), SyncCounts(announced=0)
        await store.prepare()
        for window in windows:
            if window.axis == CREATED:  # changes are left to the first sync: it reads what became of the orders since
                await _fill(store, counts, window, sales)
        await logbook.close(counts, "completed")
    return counts.created


async def _fill(store: OrderStore, counts: SyncCounts, window: Window, sales: Sales) -> None:
    """Store the orders of a window as one page of it, and move its watermark."""
    opened = datetime.fromtimestamp(sales.opened, UTC)
    question = ask(window, opened)
    first, last = window.starts_at.timestamp(), question.reads_to.timestamp()
    rows: list[Json] = [
        written_order(order, sales.opened, sales.account)
        for order in sales.visible()
        if order.type == window.order_type and first <= order.moment < last
    ]
    key = {
        "account_type": store.account_type,
        "order_type": window.order_type,
        "axis": window.axis,
        "starts_at": window.starts_at,
    }
    begun = {"asked_from": question.asked_from, "asked_to": question.asked_to, "sync_log_id": store.sync_log_id}
    await run_statement(store.session, "orders/window_begun", **key, **begun)
    store.window = window
    stored = await store.store(Page(1, len(rows), question.filters, rows, b"", 200, opened, 0))
    counts.add_page(**asdict(stored))
    counts.announced = (counts.announced or 0) + len(rows)
    ended = {"reads_to": question.reads_to, "total_items": len(rows), "distinct_items": len(rows), "error": None}
    await run_statement(store.session, "orders/window_ended", **key, **ended)
