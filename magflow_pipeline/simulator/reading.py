"""From the body of a request to the rows it asks for: envelope, filters, paging.

Belongs here: how eMAG reads a body, including its traps. Not here: who may ask (server.py) and how
the answer is written (answers.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, cast
from urllib.parse import parse_qsl

PAGE_LIMIT = 100
FORM = "application/x-www-form-urlencoded"


FilterName: TypeAlias = Literal[
    "id",
    "status",
    "part_number",
    "part_number_key",
    "general_stock",
    "estimated_stock",
    "offer_validation_status",
    "validation_status",
    "type",
    "payment_mode_id",
    "is_complete",
    "createdAfter",
    "createdBefore",
    "modifiedAfter",
    "modifiedBefore",
]
"""The filters of offers, and those of orders: from `type` on, and `id` and `status`."""
FilterValue: TypeAlias = int | str | tuple[int, ...]
Filters: TypeAlias = dict[FilterName, FilterValue]


class WrongShapeError(ValueError):
    """A value that eMAG cannot process, such as an object where a number belongs."""


@dataclass(frozen=True)
class Query:
    """The parameters of a read: the page, its size as asked, and the filters that eMAG knows."""

    page: int
    size: int
    filters: Filters

    def without(self, ignored: bool | list[FilterName]) -> Query:
        """The same query when eMAG ignores all (True) or some of its filters."""
        if isinstance(ignored, bool):
            return replace(self, filters={}) if ignored else self
        return replace(self, filters={name: value for name, value in self.filters.items() if name not in ignored})

    @property
    def names_one_product(self) -> bool:
        """Whether the answer is about a single product, which changes the type of some keys."""
        return not {"id", "part_number", "part_number_key"}.isdisjoint(self.filters)


def read_body(content_type: str, raw: bytes) -> Any:
    """The body as JSON values; the text if it is neither JSON nor a form, None if it is empty."""
    text = raw.decode("utf-8", errors="replace")
    if not text.strip():
        return None
    if content_type.startswith(FORM):
        return _read_form(text)
    try:
        return json.loads(text)
    except ValueError:
        return text


def parameters(body: Any, content_type: str, wrapper: Literal["ignore", "honour"]) -> dict[str, Any]:
    """The keys that count: bare ones always, those inside `data` in a form or when the switch says so."""
    if not isinstance(body, dict):
        return {}
    bare = cast("dict[str, Any]", body).copy()
    inner = bare.pop("data", None)
    if isinstance(inner, dict) and (wrapper == "honour" or content_type.startswith(FORM)):
        return bare | cast("dict[str, Any]", inner)
    return bare


def read_query(keys: dict[str, Any], readers: Mapping[FilterName, Callable[[Any], FilterValue]]) -> Query:
    """Read paging and the filters that have a reader; other keys are silently ignored.

    Raises:
        WrongShapeError: A known key has a value that is no number or text.
    """
    filters: Filters = {name: reader(keys[name]) for name, reader in readers.items() if keys.get(name) is not None}
    page = _whole_or(keys.get("currentPage"), 1)
    size = _whole_or(keys.get("itemsPerPage"), PAGE_LIMIT)
    # How eMAG treats 0 and less is unknown: treated as absent.
    return Query(page=max(page, 1), size=size if size > 0 else PAGE_LIMIT, filters=filters)


def matching(rows: Iterable[Any], filters: Filters) -> list[Any]:
    """The rows that pass every filter; a row that is not an object passes none."""
    if not filters:
        return list(rows)
    return [row for row in rows if isinstance(row, dict) and _passes(cast("dict[str, Any]", row), filters)]


def id_of(offer: Any) -> Any:
    """The id of a row, or None for a row that cannot have one."""
    return cast("dict[str, Any]", offer).get("id") if isinstance(offer, dict) else None


def with_contacts(row: Any) -> Any:
    """A row as a read of one product shows it: contacts in place of the flags that say they exist."""
    if not isinstance(row, dict):
        return row
    detailed = cast("dict[str, Any]", row).copy()
    for key in ("manufacturer", "eu_representative"):
        if isinstance(detailed.get(key), bool):
            detailed[key] = [CONTACT] if detailed[key] else []
    return detailed


CONTACT = {
    "name": "Shenzhen Demo Co.",
    "address": "Str. Exemplu 1, București",
    "email": "contact@example.com",
}


def _passes(row: dict[str, Any], filters: Filters) -> bool:
    return all(FILTERS[name](row, value) for name, value in filters.items())


def _read_form(text: str) -> dict[str, Any]:
    """`data[currentPage]=2` becomes {"data": {"currentPage": "2"}}, as PHP reads it."""
    form: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        *path, last = re.findall(r"[^\[\]]+", key) or [key]
        place = form
        for step in path:
            deeper = place.get(step)
            if not isinstance(deeper, dict):
                deeper = place[step] = dict[str, Any]()
            place = cast("dict[str, Any]", deeper)
        place[last] = value
    return form


def whole(value: Any) -> int:
    """A whole number, also when written as text, as forms and PHP clients do."""
    if isinstance(value, int | str):
        try:
            return int(value)
        except ValueError:
            pass
    raise WrongShapeError(f"not a whole number: {value!r}")


def _whole_or(value: Any, default: int) -> int:
    return default if value is None else whole(value)


def _text(value: Any) -> str:
    if isinstance(value, int | float | str):
        return str(value)
    raise WrongShapeError(f"not a text: {value!r}")


def _equal(key: str) -> Callable[[dict[str, Any], Any], bool]:
    return lambda row, wanted: str(row.get(key)) == str(wanted)


def _at_most(key: str) -> Callable[[dict[str, Any], Any], bool]:
    """Stock filters are an upper bound, not an equality."""

    def within(row: dict[str, Any], bound: Any) -> bool:
        try:
            return 0 <= float(row.get(key) or 0) <= bound
        except (TypeError, ValueError):
            return False

    return within


def _has_value(key: str) -> Callable[[dict[str, Any], Any], bool]:
    """A validation status is one object or a list of them; any entry counts."""

    def has(row: dict[str, Any], wanted: Any) -> bool:
        status = row.get(key)
        entries = cast("list[Any]", status) if isinstance(status, list) else [status]
        return any(
            str(cast("dict[str, Any]", entry).get("value")) == str(wanted)
            for entry in entries
            if isinstance(entry, dict)
        )

    return has


FILTERS: dict[FilterName, Callable[[dict[str, Any], Any], bool]] = {
    "id": lambda row, wanted: str(id_of(row)) == str(wanted),
    "status": _equal("status"),
    "part_number": _equal("part_number"),
    "part_number_key": _equal("part_number_key"),
    "general_stock": _at_most("general_stock"),
    "estimated_stock": _at_most("estimated_stock"),
    "offer_validation_status": _has_value("offer_validation_status"),
    "validation_status": _has_value("validation_status"),
}
READERS: dict[FilterName, Callable[[Any], FilterValue]] = {
    name: _text if name in {"part_number", "part_number_key"} else whole for name in FILTERS
}
