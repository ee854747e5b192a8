"""What order/read and order/count are asked for: filters, their rules, and which orders pass them.

Belongs here: how eMAG reads the filters of orders, including its traps. Not here: the body's envelope and the
filters of offers (reading.py), and how orders are made (sales.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from magflow_pipeline.simulator.bucharest import a_month_later, read, text, to_local
from magflow_pipeline.simulator.reading import FilterName, Filters, Query, WrongShapeError, whole

OLDEST_PAGE, NEWEST_PAGE = 1, 65_535

WINDOWS: tuple[tuple[FilterName, FilterName], ...] = (
    ("createdAfter", "createdBefore"),
    ("modifiedAfter", "modifiedBefore"),
)


class RefusedError(ValueError):
    """Filters that eMAG understands and does not accept; the text is its message."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the filters look at; local seconds of Bucharest, None for what is not told or cannot be read."""

    id: int | None
    status: int | None
    type: int | None
    created: int | None
    modified: int | None
    payment_mode_id: int | None
    is_complete: int | None


def check_order_query(query: Query, is_count: bool) -> None:
    """Refuse what the document forbids.

    Raises:
        RefusedError: An end without its beginning, more than a month, or a page out of range; on a count also a
            beginning without its end.
    """
    if not OLDEST_PAGE <= query.page <= NEWEST_PAGE:
        raise RefusedError(f"The currentPage must be between {OLDEST_PAGE} and {NEWEST_PAGE}.")
    for after, before in WINDOWS:
        start, end = query.filters.get(after), query.filters.get(before)
        if end is not None and start is None:
            raise RefusedError(f"The filter {before} must be used together with {after}.")
        if is_count and start is not None and end is None:
            raise RefusedError(f"The filter {after} must be used together with {before}.")
        if isinstance(start, int) and isinstance(end, int) and end > a_month_later(start):
            raise RefusedError(f"The period between {after} and {before} cannot be longer than 1 month.")


def passes(order: Seen, filters: Filters) -> bool:
    """Whether an order passes every filter; what is not told passes none that asks for it."""
    return all(ORDER_FILTERS[name](order, wanted) for name, wanted in filters.items())


def seen(row: Any) -> Seen:
    """What the filters see of a row that a test has made."""
    told = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
    return Seen(
        id=_whole_or_none(told.get("id")),
        status=_whole_or_none(told.get("status")),
        type=_whole_or_none(told.get("type")),
        created=_local_or_none(told.get("date")),
        modified=_local_or_none(told.get("modified")),
        payment_mode_id=_whole_or_none(told.get("payment_mode_id")),
        is_complete=_whole_or_none(told.get("is_complete", 1)),
    )


def _whole_or_none(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _local_or_none(value: Any) -> int | None:
    """Bucharest's text, or seconds since 1970: both were met."""
    if isinstance(value, int):
        return to_local(value)
    try:
        return read(value)
    except (TypeError, ValueError):
        return None


def _date(value: Any) -> int:
    if not isinstance(value, str):
        raise WrongShapeError(f"not a date: {value!r}")
    try:
        return read(value)
    except ValueError as error:
        raise RefusedError(f"Invalid date format: {text(0)} is expected.") from error


def _one_or_more(value: Any) -> int | tuple[int, ...]:
    return tuple(whole(each) for each in cast("list[Any]", value)) if isinstance(value, list) else whole(value)


ORDER_READERS: Mapping[FilterName, Callable[[Any], int | str | tuple[int, ...]]] = {
    "id": _one_or_more,
    "status": _one_or_more,
    "payment_mode_id": _one_or_more,
    "is_complete": whole,
    "type": whole,
    "createdAfter": _date,
    "createdBefore": _date,
    "modifiedAfter": _date,
    "modifiedBefore": _date,
}


def _is_one_of(value: int | None, wanted: Any) -> bool:
    return value in cast("tuple[int, ...]", wanted) if isinstance(wanted, tuple) else value == wanted


# Both ends belong to a window, and the local times are compared: when the clocks go back, an hour comes twice.
ORDER_FILTERS: Mapping[FilterName, Callable[[Seen, Any], bool]] = {
    "id": lambda order, wanted: _is_one_of(order.id, wanted),
    "status": lambda order, wanted: _is_one_of(order.status, wanted),
    "payment_mode_id": lambda order, wanted: _is_one_of(order.payment_mode_id, wanted),
    "is_complete": lambda order, wanted: order.is_complete == wanted,
    "type": lambda order, wanted: order.type == wanted,
    "createdAfter": lambda order, wanted: order.created is not None and order.created >= wanted,
    "createdBefore": lambda order, wanted: order.created is not None and order.created <= wanted,
    "modifiedAfter": lambda order, wanted: order.modified is not None and order.modified >= wanted,
    "modifiedBefore": lambda order, wanted: order.modified is not None and order.modified <= wanted,
}
