"""Stores one page of orders: orders, lines, rejected rows and the progress of the window, in one transaction.

The page itself is not kept: it holds people's names and addresses.
"""

import asyncio
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass, field

import psycopg

from magflow_pipeline.database.copying import copy_rows_async
from magflow_pipeline.database.statements import run_statement, statement
from magflow_pipeline.emag.client import Page
from magflow_pipeline.orders.records import LineRecord, OrderRecord, Rejection, Sold, identity_of, make_order, reject
from magflow_pipeline.orders.windows import Window
from magflow_pipeline.sync.pages import PageCounts

STATEMENTS = (
    *("orders/incoming_lines", "orders/incoming_compare"),
    *("orders/emag_orders", "orders/emag_order_lines", "orders/order_lines_gone"),
)


@dataclass
class OrderStore:
    """Stores the pages of one sync, each under the window that is being read, if one is."""

    session: psycopg.AsyncConnection
    account_type: str
    sync_log_id: int
    window: Window | None = None
    rejected: set[Hashable] = field(default_factory=set[Hashable])
    """Orders and lines that could not be stored so far: each once, however often it came."""
    seen: set[Hashable] = field(default_factory=set[Hashable])
    """Orders that the sync has received."""

    async def prepare(self) -> None:
        """Create the temporary tables of the current page, once per session."""
        await self.session.execute(statement("orders/incoming_orders"))

    async def store(self, page: Page) -> PageCounts:
        """Commit a page whole, or nothing of it. Of an order that is on it twice the last row counts."""
        window, order_type = self.window, int(page.filters["type"])
        # In a thread: it would block the event loop for more than 20 ms, and a permit that waits longer is not used.
        orders, rejections, duplicates = await asyncio.to_thread(self._sort, page, order_type)
        async with self.session.transaction():
            changes, refused = await self._store_orders(orders)
            whole_rows = [each for each in rejections if each.line_number is None] + refused
            lines = [each for sold in orders for each in sold.rejections]
            for rejection in (*whole_rows, *lines):
                await self._store_rejection(page, order_type, rejection)
            counts = PageCounts(
                fetched=len(page.rows),
                created=changes.get("created", 0),
                updated=changes.get("updated", 0),
                unchanged=changes.get("unchanged", 0),
                rejected=len(whole_rows),
                duplicate=duplicates,
            )
            if window is not None:
                key = {"order_type": window.order_type, "axis": window.axis, "starts_at": window.starts_at}
                await run_statement(
                    self.session, "orders/window_page", account_type=self.account_type, **key, **asdict(counts)
                )
        self.rejected.update((each.order_id or each.payload, each.line_number) for each in (*whole_rows, *lines))
        self.seen.update(self.identities(page))
        return counts

    def identities(self, page: Page) -> list[Hashable]:
        """One identity per row of the page: its order id, or a hash of the row where it has none."""
        return [identity_of(row) for row in page.rows]

    def _sort(self, page: Page, asked_type: int) -> tuple[list[Sold], list[Rejection], int]:
        orders: dict[int, Sold] = {}
        rejections: list[Rejection] = []
        for row in page.rows:
            made = make_order(row, self.account_type, self.sync_log_id, asked_type, page.fetched_at)
            if isinstance(made, Rejection):
                rejections.append(made)
            else:
                orders[made.order.order_id] = made
        return list(orders.values()), rejections, len(page.rows) - len(orders) - len(rejections)

    async def _store_orders(self, orders: Sequence[Sold]) -> tuple[dict[str, int], list[Rejection]]:
        """Write the orders; halving isolates those that the database refuses, so that the others are stored."""
        if not orders:
            return {}, []
        try:
            async with self.session.transaction():
                return await self._write(orders), []
        except (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded) as error:
            if len(orders) == 1:
                order_id = orders[0].order.order_id
                return {}, [reject({"id": order_id}, f"the database refused it: {type(error).__name__}")]
        middle = len(orders) // 2
        first, first_refused = await self._store_orders(orders[:middle])
        second, second_refused = await self._store_orders(orders[middle:])
        changes = {key: first.get(key, 0) + second.get(key, 0) for key in {*first, *second}}
        return changes, first_refused + second_refused

    async def _write(self, orders: Sequence[Sold]) -> dict[str, int]:
        await self.session.execute(statement("orders/incoming_clear"))
        await copy_rows_async(self.session, "incoming_orders", OrderRecord._fields, [each.order for each in orders])
        lines = [line for each in orders for line in each.lines]
        await copy_rows_async(self.session, "incoming_order_lines", LineRecord._fields, lines)
        for name in STATEMENTS:
            await self.session.execute(statement(name))
        cursor = await self.session.execute(statement("orders/incoming_changes"))
        return dict(await cursor.fetchall())

    async def _store_rejection(self, page: Page, order_type: int, rejection: Rejection) -> None:
        await run_statement(
            self.session,
            "orders/emag_rejected_orders",
            account_type=self.account_type,
            sync_log_id=self.sync_log_id,
            order_type=order_type,
            page=page.number,
            seen_at=page.fetched_at,
            **asdict(rejection),
        )
