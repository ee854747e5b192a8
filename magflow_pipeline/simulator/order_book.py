"""The orders that an account answers: those it sold, and those that tests put in their place.

Belongs here: which orders there are now, and the page of them that a query asks for. Not here: HTTP, and the
rules of the filters (order_reading.py).
"""

from __future__ import annotations

import asyncio
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from magflow_pipeline.simulator.bucharest import HOUR
from magflow_pipeline.simulator.order_reading import WINDOWS, Seen, passes, seen
from magflow_pipeline.simulator.orders import FULFILLED_BY_EMAG, LONGEST_LIFE, NEW, Order, hollow, written_order
from magflow_pipeline.simulator.reading import Filters, id_of
from magflow_pipeline.simulator.sales import Sales
from magflow_pipeline.simulator.switches import Switches

ANSWERS_KEPT = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """An order as it is now: what the filters see, and how its row is made."""

    seen: Seen
    row: Callable[[], Any]


class OrderBook:
    """The orders of one account."""

    def __init__(self, make_sales: Callable[[], Sales]) -> None:
        """`make_sales` is called when the first order is asked for: most simulators never sell."""
        self._make_sales = make_sales
        self._sales: Sales | None = None
        self._sells = True
        self._put: dict[str, Any] = {}
        self._removed: set[str] = set()
        self._stamp: object = None
        self._making = asyncio.Lock()
        self._sold_entries: list[Entry] = []
        self._put_entries: list[Entry] = []
        self._found: dict[Any, list[Entry]] = {}

    @property
    def sales(self) -> Sales:
        """What was sold; made now, if it was not yet."""
        if self._sales is None:
            self._sales = self._make_sales()
        return self._sales

    async def ready(self) -> None:
        """Make the sales in a thread: on the event loop, requests would wait for it and then arrive all at once."""
        if self._sales is None and self._sells:
            async with self._making:
                if self._sales is None:
                    self._sales = await asyncio.to_thread(self._make_sales)

    def replace(self, rows: Iterable[Any]) -> None:
        """Have exactly these orders, and none of those that were sold."""
        self._sells = False
        self._put = {}
        self.upsert(rows)

    def restore(self) -> None:
        """Have what was sold and nothing else."""
        self._sells = True
        self._put, self._removed = {}, set()
        self._stamp = None

    def upsert(self, rows: Iterable[Any]) -> None:
        """Put whole rows in place of those with the same id, or add them."""
        for number, row in enumerate(rows):
            key = str(id_of(row)) if id_of(row) is not None else f"without id {len(self._put)} {number}"
            self._put[key] = row
            self._removed.discard(key)
        self._stamp = None

    def remove(self, order_id: str) -> bool:
        """Forget an order; false when there is none with this id."""
        found = any(str(entry.seen.id) == order_id for entry in self.entries())
        self._put.pop(order_id, None)
        self._removed.add(order_id)
        self._stamp = None
        return found

    def entries(self) -> list[Entry]:
        """All orders as they are now, by id."""
        self._look()
        return sorted([*self._sold_entries, *self._put_entries], key=_by_id)

    def found(self, filters: Filters, order_of_rows: str) -> list[Entry]:
        """The orders that pass the filters, in the order of the switch; cached until something changes."""
        self._look()
        asked = (order_of_rows, *sorted(filters.items()))
        if asked not in self._found:
            if len(self._found) == ANSWERS_KEPT:
                self._found.clear()
            candidates = [*self._candidates(filters), *self._put_entries]
            found = [entry for entry in candidates if passes(entry.seen, filters)]
            if order_of_rows == "shuffled":
                found.sort(key=lambda entry: zlib.crc32(str(entry.seen.id).encode()))
            else:
                found.sort(key=_by_id)
            self._found[asked] = found
        return self._found[asked]

    def _look(self) -> None:
        """Take the orders as they are now."""
        now = self.sales.now if self._sells else 0
        if self._stamp == now:
            return
        sold = self.sales.visible() if self._sells else []
        hidden = self._put.keys() | self._removed
        self._sold_entries = [self._sold(order, now) for order in sold if not hidden or str(order.id) not in hidden]
        self._put_entries = [self._as_put(row) for row in self._put.values()]
        self._stamp = now
        self._found.clear()

    def _candidates(self, filters: Filters) -> Sequence[Entry]:
        """Those of the sold orders that a window of time can hold: they are in the order in which they were made."""
        earliest, latest = 0, 2**40
        for (after, before), longest in zip(WINDOWS, (0, LONGEST_LIFE), strict=True):
            begin, end = filters.get(after), filters.get(before)
            # An hour, because an hour comes twice when the clocks go back.
            earliest = max(earliest, begin - longest - HOUR) if isinstance(begin, int) else earliest
            latest = min(latest, end + HOUR) if isinstance(end, int) else latest
        start = bisect_left(self._sold_entries, earliest, key=_created)
        return self._sold_entries[start : bisect_right(self._sold_entries, latest, key=_created)]

    def page(self, filters: Filters, page: int, size: int, switches: Switches) -> list[Any]:
        """The rows of a page. Read by the time of their change, some of eMAG's own orders come without anything."""
        found = self.found(filters, switches.order_of_rows)[(page - 1) * size : page * size]
        rows = [entry.row() for entry in found]
        if "modifiedAfter" not in filters:
            return rows
        return [
            hollow(row) if _is_hollow(entry.seen, switches.hollow_orders) else row
            for entry, row in zip(found, rows, strict=True)
        ]

    def _sold(self, order: Order, now: int) -> Entry:
        change = order.last_change(now)
        return Entry(
            Seen(
                id=order.id,
                status=change.status if change else NEW,
                type=order.type,
                created=order.local,
                modified=change.local if change else None,
                payment_mode_id=order.payment_mode_id,
                is_complete=1,
            ),
            lambda: written_order(order, now, self.sales.account),
        )

    @staticmethod
    def _as_put(row: Any) -> Entry:
        return Entry(seen(row), lambda: row)


def _by_id(entry: Entry) -> tuple[bool, int]:
    return entry.seen.id is None, entry.seen.id or 0


def _created(entry: Entry) -> int:
    return entry.seen.created or 0


def _is_hollow(order: Seen, share: float) -> bool:
    return order.type == FULFILLED_BY_EMAG and zlib.crc32(str(order.id).encode()) % 1000 < share * 1000
