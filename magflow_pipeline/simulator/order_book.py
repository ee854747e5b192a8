"""The orders that an account answers: those it sold, and those that tests put in their place.

Belongs here: which orders there are now, and the page of them that a query asks for. Not here: HTTP, and the
rules of the filters (order_reading.py).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from magflow_pipeline.simulator.order_reading import Seen, passes, seen
from magflow_pipeline.simulator.orders import FULFILLED_BY_EMAG, NEW, Order, hollow, written_order
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
        self._entries: list[Entry] = []
        self._found: dict[Any, list[Entry]] = {}

    @property
    def sales(self) -> Sales:
        """What was sold; made now, if it was not yet."""
        if self._sales is None:
            self._sales = self._make_sales()
        return self._sales

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
        now = self.sales.now if self._sells else 0
        if self._stamp != now:
            sold = self.sales.visible() if self._sells else []
            kept = [order for order in sold if str(order.id) not in self._put and str(order.id) not in self._removed]
            entries = [self._sold(order, now) for order in kept] + [self._as_put(row) for row in self._put.values()]
            self._entries = sorted(entries, key=lambda entry: (entry.seen.id is None, entry.seen.id or 0))
            self._stamp = now
            self._found.clear()
        return self._entries

    def found(self, filters: Filters, order_of_rows: str) -> list[Entry]:
        """The orders that pass the filters, in the order of the switch; cached until something changes."""
        entries = self.entries()
        asked = (order_of_rows, *sorted(filters.items()))
        if asked not in self._found:
            if len(self._found) == ANSWERS_KEPT:
                self._found.clear()
            found = [entry for entry in entries if passes(entry.seen, filters)]
            if order_of_rows == "shuffled":
                found.sort(key=lambda entry: zlib.crc32(str(entry.seen.id).encode()))
            self._found[asked] = found
        return self._found[asked]

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


def _is_hollow(order: Seen, share: float) -> bool:
    return order.type == FULFILLED_BY_EMAG and zlib.crc32(str(order.id).encode()) % 1000 < share * 1000
