"""The lists of the page as columns, and the reason of each SKU's numbers, packed.

Belongs here: which columns the page has, and reading them from its views. Not here: how it looks (`templates/page.*`).
"""

import base64
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import psycopg
from psycopg.rows import dict_row

from magflow_pipeline.database.statements import statement
from magflow_pipeline.reports.choices import Language
from magflow_pipeline.reports.explanation import explanation
from magflow_pipeline.reports.tables import Row
from magflow_pipeline.text import printable

SKUS_OF_A_PACK = 100  # are unpacked together when a reason is asked for
ROWS_AT_ONCE = 500  # of the items, which have 80 columns
# How a column is shown, where its type does not say it.
KINDS = {
    "status": "status",
    "market_position": "position",
    "flags": "codes",
    "blocked": "codes",
    "supplier_rule": "codes",
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
class Lists:
    """The three sources of the lists, and the packs of the reasons."""

    sources: Mapping[str, Columns]
    reasons: Sequence[str]


def read_lists(session: psycopg.Connection, words: Mapping[Language, Mapping[str, str]]) -> Lists:
    """The rows of the views of the page; the session's transaction decides of which moment."""
    with session.cursor(row_factory=dict_row) as cursor:
        orders = cursor.execute(statement("reports/page_orders")).fetchall()
        moves = cursor.execute(statement("reports/page_moves")).fetchall()
    purchases = {row["sku"]: row for row in orders}
    cartons: dict[str, int] = {}
    for row in moves:
        cartons[row["sku"]] = max(row["carton_size"], cartons.get(row["sku"], 1))
    with session.cursor() as cursor:
        positions = {
            (account, sku): {"market_position": position, "best_price": best}
            for account, sku, position, best in cursor.execute(statement("reports/page_prices"))
        }
    items = _columns("items")
    places: dict[str, int] = {}

    def reasons() -> Iterator[Mapping[str, Sequence[Sequence[str]]]]:
        with session.cursor("page_items", row_factory=dict_row) as stream:
            stream.itersize = ROWS_AT_ONCE
            stream.execute(statement("reports/page_items"))
            for sku, rows in groupby(stream, key=lambda row: row["sku"]):
                places[sku] = len(places)
                of_sku = list(rows)
                for row in of_sku:
                    items.add(row | positions.get((row["account_type"], sku), {}), places[sku])
                yield {
                    language.value: [
                        [
                            printable(line)
                            for line in explanation(
                                row, purchases.get(sku), _offer(purchases.get(sku)), cartons.get(sku, 1), language, told
                            )
                        ]
                        for row in of_sku
                    ]
                    for language, told in words.items()
                }

    packs = list(_packed(reasons()))
    sources = {"items": items, "orders": _columns("orders"), "moves": _columns("moves")}
    for name, rows in (("orders", orders), ("moves", moves)):
        for row in rows:
            sources[name].add(row, places.get(row["sku"]))
    return Lists(sources, packs)


def _columns(source: str) -> Columns:
    names = [name for each in LISTS.values() if each.source == source for name in each.columns]
    return Columns([*dict.fromkeys([*names, *HIDDEN])])


def _offer(purchase: Row | None) -> Sequence[Row]:
    """The offer that a purchase is of: its columns are in the same row."""
    return [purchase] if purchase and purchase["has_offer"] else []


def _packed(reasons: Iterable[object]) -> Iterator[str]:
    """Reasons in packs of SKUS_OF_A_PACK as JSON, gzip and base64: they repeat themselves, and few are asked for."""
    pack: list[object] = []
    for reason in reasons:
        pack.append(reason)
        if len(pack) == SKUS_OF_A_PACK:
            yield _pack(pack)
            pack.clear()
    if pack:
        yield _pack(pack)


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
