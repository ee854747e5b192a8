"""The lists of the page as columns, and the reason of each SKU's numbers, packed.

Belongs here: which columns the page has, and reading them from its views. Not here: how it looks (`templates/page.*`).
"""

import base64
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg
from psycopg.rows import dict_row

from magflow_pipeline.database.statements import statement
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.explanation import explanation
from magflow_pipeline.reports.tables import Row
from magflow_pipeline.text import printable

SKUS_OF_A_PACK = 100  # are unpacked together when a reason is asked for
ROWS_AT_ONCE = 500  # of each view; the items have 80 columns
VIEWS = ("items", "orders", "moves", "prices")
# How a column is shown, where its type does not say it.
KINDS = {
    "status": "status",
    "market_position": "position",
    "flags": "codes",
    "blocked": "codes",
    "supplier_rule": "codes",
    "shipping": "codes",
    "demand_method": "codes",
    "category_id": "name",
    "accounts": "names",
    "expected_daily_demand": "rate",
    "days_of_cover": "days",
    "abc": "name",
}
# Not shown: they are for filters, for the order of the rows, and for the reason.
HIDDEN = ("buying_rank", "accounts", "to_decide", "supplier_url", "why")


@dataclass(frozen=True)
class List:
    """One list of the page: its columns in their order, and those of them that are shown at first."""

    source: str
    columns: Sequence[str]
    shown: Sequence[str]
    only: str | None = None
    """A column of the source that is true for the rows of this list; None: it has all of them."""


_ITEMS = (
    *("account_type", "sku", "name", "brand", "status", "available_quantity", "days_of_cover", "reorder_quantity"),
    *("ron_at_risk_per_day", "order_by_date", "supplier_name", "category_id", "price", "currency", "best_price"),
    *("market_position", "stock_out_date"),
    *("expected_daily_demand", "on_order_quantity", "in_transfer_quantity", "next_arrival", "transfer_quantity"),
    *("transfer_from", "minimum_stock", "reorder_point", "maximum_stock", "landed_unit_cost_ron", "margin_ron", "abc"),
    *("is_sellable", "is_verified", "blocked", "flags", "part_number_key"),
)
LISTS = {
    "order": List(
        "orders",
        (
            *("sku", "name", "brand", "quantity", "for_accounts", "supplier_name", "unit_price", "currency"),
            *("total_ron", "ron_at_risk_per_day", "order_by_date", "status", "days_of_cover", "stock_out_date"),
            *("landed_unit_cost_ron", "minimum_order_quantity", "pack_size", "budget_quantity", "shipping"),
            *("supplier_rule", "category_id", "price", "flags"),
        ),
        (
            *("sku", "name", "quantity", "for_accounts", "supplier_name", "unit_price", "currency", "total_ron"),
            *("ron_at_risk_per_day", "order_by_date", "status"),
        ),
    ),
    "move": List(
        "moves",
        (
            *("sku", "name", "brand", "quantity", "from_account", "to_account", "available_quantity"),
            *("days_of_cover", "stock_out_date", "ron_lost_before_arrival", "arrives_on", "status", "carton_size"),
            *("supplier_name", "category_id", "price", "flags"),
        ),
        (
            *("sku", "name", "quantity", "from_account", "to_account", "available_quantity", "days_of_cover"),
            *("ron_lost_before_arrival", "arrives_on", "status"),
        ),
    ),
    "decide": List(
        "items",
        _ITEMS,
        (
            *("account_type", "sku", "name", "brand", "status", "available_quantity", "supplier_name", "price"),
            *("currency", "flags"),
        ),
        only="to_decide",
    ),
    "all": List(
        "items",
        _ITEMS,
        (
            *("account_type", "sku", "name", "status", "available_quantity", "days_of_cover", "reorder_quantity"),
            *("ron_at_risk_per_day", "order_by_date", "supplier_name"),
        ),
    ),
}


@dataclass
class Columns:
    """Rows as one array for each column."""

    names: Sequence[str]
    values: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    kinds: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, row: Row, why: int | None) -> None:
        """Append a row; `why` is the number of the SKU's reason."""
        for name in self.names:
            value = why if name == "why" else row.get(name)
            if value is not None and name not in self.kinds:
                self.kinds[name] = KINDS.get(name) or _kind(value)
            self.values.setdefault(name, []).append(_plain(value))


@dataclass(frozen=True)
class Part:
    """The rows of some SKUs, by source, and their reasons as JSON, gzip and base64: they repeat themselves."""

    sources: Mapping[str, Columns]
    reasons: str


def read_parts(session: psycopg.Connection, words: Mapping[Language, Mapping[str, str]]) -> Iterator[Part]:
    """The rows of the views of the page, as they are read; the session's transaction decides of which moment.

    Each part but the last has SKUS_OF_A_PACK SKUs with items. The column `why` numbers them from 0 over all parts.
    """
    session.execute("SET LOCAL cursor_tuple_fraction = 1")  # all rows are read: a plan for the first ones is slow
    sources, reasons, number = _sources(), list[object](), 0
    for _sku, views in groupby(_by_sku(session), key=itemgetter(0)):
        rows: dict[str, list[Row]] = {view: [] for view in VIEWS}
        for _, view, row in views:
            rows[view].append(row)
        positions = {row["account_type"]: row for row in rows["prices"]}
        items = [row | positions.get(row["account_type"], {}) for row in rows["items"]]
        for name, of_source in (("items", items), ("orders", rows["orders"]), ("moves", rows["moves"])):
            for row in of_source:
                sources[name].add(row, number if items else None)
        if not items:
            continue
        reasons.append(_reasons(rows, words))
        number += 1
        if number % SKUS_OF_A_PACK == 0:
            yield Part(sources, _pack(reasons))
            sources, reasons = _sources(), []
    yield Part(sources, _pack(reasons))


def _by_sku(session: psycopg.Connection) -> Iterator[tuple[str, str, Row]]:
    """SKU, view and row of all views of the page, those of one SKU together."""
    yield from merge(*(_rows_of(session, view) for view in VIEWS), key=itemgetter(0))


def _rows_of(session: psycopg.Connection, view: str) -> Iterator[tuple[str, str, Row]]:
    with session.cursor(f"page_{view}", row_factory=dict_row) as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(statement(f"reports/page_{view}"))
        for row in cursor:
            yield row["sku"], view, row


def _reasons(
    rows: Mapping[str, Sequence[Row]], words: Mapping[Language, Mapping[str, str]]
) -> Mapping[str, Sequence[Sequence[str]]]:
    """The lines of `magflow explain` of a SKU's items, by language."""
    purchase = rows["orders"][0] if rows["orders"] else None
    carton = max((row["carton_size"] for row in rows["moves"]), default=1)
    return {
        language.value: [
            [printable(line) for line in explanation(row, purchase, carton, language, told)] for row in rows["items"]
        ]
        for language, told in words.items()
    }


def _sources() -> dict[str, Columns]:
    return {each.source: _columns(each.source) for each in LISTS.values()}


def _columns(source: str) -> Columns:
    names = [name for each in LISTS.values() if each.source == source for name in each.columns]
    return Columns([*dict.fromkeys([*names, *HIDDEN])])


def _pack(reasons: Sequence[object]) -> str:
    text = json.dumps(reasons, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "yes_no"
    if isinstance(value, int):
        return "number"
    if isinstance(value, Decimal):
        return "money"
    return "day" if isinstance(value, date) else "text"


def _plain(value: Any) -> Any:
    """A value as JSON; a foreign text with escapes for what a browser would obey or hide."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value
