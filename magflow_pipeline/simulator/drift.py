"""Changes the catalogue, or the orders, during a scan: planned arrivals and departures between two pages.

Belongs here: how each kind of change is made. Not here: its vocabulary (switches.py) and when a page
counts as answered (server.py). A plan that cannot be made raises: a test must not pass without its drift.
"""

from __future__ import annotations

from itertools import count
from typing import Any, cast

from magflow_pipeline.simulator.market import Account, by_id
from magflow_pipeline.simulator.reading import PAGE_LIMIT, Query, id_of
from magflow_pipeline.simulator.switches import Drift, RouteName


class DriftError(RuntimeError):
    """A planned change for which the account has no row or no id."""


def play_drift(account: Account, route: RouteName, query: Query) -> None:
    """Make the changes that are due now that this page of offers or of orders has been answered.

    Raises:
        DriftError: One of them cannot be made.
    """
    for change in account.switches.drift:
        if change.is_due(route, query.page):
            if route == "order/read":
                _make_of_orders(account, query, change)
            else:
                _make(account, query, change)
            change.use()


def _make_of_orders(account: Account, query: Query, change: Drift) -> None:
    found = account.book.found(query.filters, account.switches.order_of_rows)
    ids = [entry.seen.id for entry in account.book.entries() if entry.seen.id is not None]
    if not found or not ids:
        raise DriftError("no order to copy or to remove")
    first = cast("dict[str, Any]", found[0].row())
    if change.kind in {"remove", "replace"}:
        leaving = change.offer_id if change.offer_id is not None else found[0].seen.id
        if not account.book.remove(str(leaving)):
            raise DriftError(f"no order {leaving} to remove")
    if change.kind != "remove":
        number = min(ids) - 1 if change.kind == "insert" else max(ids) + 1
        lines = cast("list[dict[str, Any]]", first.get("products") or [])
        own = [line | {"id": number * 10 + place} for place, line in enumerate(lines, 1)]
        account.book.upsert([first | {"id": number, "products": own}])


def _make(account: Account, query: Query, change: Drift) -> None:
    rows = account.found(query.filters)
    ids = [number for unreadable, number in map(by_id, account.offers) if not unreadable and number > 0]
    arrival: dict[str, Any] | None = None
    if change.kind == "insert":
        arrival = _arrival(account, rows, _low_id(account, rows[: query.page * min(query.size, PAGE_LIMIT)], ids))
    elif change.kind != "remove":
        arrival = _arrival(account, rows, max(ids, default=0) + 1)
    if change.kind in {"remove", "replace"}:
        leaving = change.offer_id if change.offer_id is not None else next(map(id_of, rows), None)
        if not account.remove(str(leaving)):
            raise DriftError(f"no offer {leaving} to remove")
    if arrival is not None:
        account.upsert([arrival])


def _low_id(account: Account, read: list[Any], ids: list[int]) -> int:
    """One less than the lowest id, or the lowest gap: eMAG's ids start at 1."""
    taken = set(ids)
    low = min(ids, default=1) - 1 or next(number for number in count(1) if number not in taken)
    if read and by_id(read[-1]) < (False, low) and account.switches.order_of_rows == "id":
        raise DriftError(f"no free id below {id_of(read[-1])}: let the ids of the offers start higher")
    return low


def _arrival(account: Account, rows: list[Any], new_id: int) -> dict[str, Any]:
    """A copy of the first well-formed row, so that it passes the same filters."""
    for row in rows:
        if not isinstance(row, dict):
            continue
        model = cast("dict[str, Any]", row)
        if model.get("part_number") and model.get("part_number_key"):
            account.arrivals += 1
            # No key of the made-up catalogue has an I.
            own = {"part_number": f"NEW{account.arrivals}", "part_number_key": f"DI{account.arrivals:05d}BM"}
            return {**model, "id": new_id, **own}
    raise DriftError("no well-formed offer to copy")
