"""Brings the rows of a file into the tables, by the description of its kind (kinds.py).

A row takes the place of the stored one with the same key; what the file does not name stays, and an empty cell leaves
what is stored. One row that cannot be used stops the whole file; of sales and counts of stock, the good rows are kept.
"""

import difflib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.copying import copy_rows
from magflow_pipeline.database.locks import one_at_a_time
from magflow_pipeline.database.statements import statement
from magflow_pipeline.imports.files import Table, read_table, spoken
from magflow_pipeline.imports.kinds import (
    FEES,
    LEVELS,
    MATCHES,
    POLICY,
    PURCHASE_ORDERS,
    RECEIPTS,
    SHEETS,
    STOCK,
    TAKEN_AWAY,
    TERMS,
    Column,
    Kind,
    Target,
)
from magflow_pipeline.imports.lines import Line, Refused, Unusable, Values
from magflow_pipeline.imports.purchase_orders import OrderChanges, order_changes
from magflow_pipeline.imports.values import ANY_DAY, Formula, UnusableError, is_empty, plain
from magflow_pipeline.settings import ConfigurationError, load_settings
from magflow_pipeline.suppliers.matches import unknown_skus_in, verify_in
from magflow_pipeline.text import noted
from magflow_pipeline.times import BUCHAREST

LOCK = "magflow: import"
NEAR, VERY_NEAR = 0.6, 0.8
"""How alike the names of suppliers are (difflib) so that one is named where the other is unknown, or new."""
MOST_COMPARED = 200
"""So many names are compared with all others: a longer list of unknown ones is another supplier's file."""
_TAKEN = object()  # a value that is taken away
_ERROR = re.compile(r"#(N/A|[A-Z/0]{3,12}[!?])")


@dataclass(frozen=True)
class Imported:
    """What a file brought: rows of the tables by what became of them, and what cannot be used.

    Attributes:
        created: Rows that are new.
        changed: Rows that said something else.
        unchanged: Rows that said the same.
        is_stored: False: rows cannot be used, so that nothing was stored.
        unusable: The cells and rows that cannot be used.
        unknown: SKUs that no product has, with the nearest that one has.
        unknown_categories: Categories of fees that no offer is in, with the nearest that one is in.
        new_suppliers: Suppliers that the file makes known, with the nearest known one.
        inactive_suppliers: Suppliers that the seller left.
        doubtful: Cells that were stored, and that a person should look at.
        told: What became of whole orders.
    """

    table: Table
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    is_stored: bool = True
    first_day: date | None = None
    last_day: date | None = None
    skus: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    suppliers: tuple[str, ...] = ()
    unusable: tuple[Unusable, ...] = ()
    unknown: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])
    unknown_categories: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])
    new_suppliers: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])
    inactive_suppliers: tuple[str, ...] = ()
    doubtful: tuple[Unusable, ...] = ()
    told: tuple[str, ...] = ()

    @property
    def rows_read(self) -> int:
        """Rows below the headers of the file."""
        return len(self.table.rows)


def import_file(
    database: Database,
    kind: Kind,
    path: Path,
    *,
    by: str,
    account: str | None = None,
    channel: str | None = None,
    dry_run: bool = False,
) -> Imported:
    """Store the rows of a file, in one transaction.

    Args:
        database: Where to.
        kind: What the file holds.
        path: CSV or XLSX.
        by: Who imports.
        account: Of rows that name none. By default the first one of kind main, of a policy every one that has the item.
        channel: Of sales that name none.
        dry_run: Change nothing, and tell what would change.

    Raises:
        ConfigurationError: the file cannot be read, no account is known, or a kind that keeps good rows has none.
    """
    table = read_table(path, kind.columns, kind.needed)
    if not table.rows:
        raise ConfigurationError(f"No row of {table.file} can be used, it has none below its header.")
    with database.connect("magflow import") as session, session.transaction() as whole:
        one_at_a_time(session, LOCK)
        done = _import(session, kind, table, by, account, channel)
        if dry_run or not done.is_stored:
            raise psycopg.Rollback(whole)
    return done


def set_policy(
    database: Database, skus: Sequence[str], account: str | None, given: Values, *, by: str, clear: bool = False
) -> None:
    """Set what a person decided of items: the values that are `given`, by column of POLICY; all else stays.

    Args:
        database: Where to.
        skus: The items, of `account`, or of every one that has them.
        account: Its name, or None.
        given: Column to value.
        by: Who decides.
        clear: Forget all that is not given.

    Raises:
        ConfigurationError: a SKU or the account is unknown, or levels contradict each other.
    """
    values: Values = {"order_anyway": False, **given} if clear else dict(given)
    forgettable = [column.name for column in POLICY.columns if column.can_be_taken_away] if clear else []
    values["taken_away"] = [name for name in forgettable if name not in given]
    with database.connect("magflow policy") as session, session.transaction():
        one_at_a_time(session, LOCK)
        accounts = _Accounts(session, account)
        unknown, items = unknown_skus_in(session, skus), _items(session, skus)
        try:
            POLICY.check(values)
            rows = [{**values, **item} for sku in skus for item in _items_of(sku, accounts.chosen, items, unknown)]
        except UnusableError as error:
            sentence = str(error)
            end = "" if sentence.endswith("?") else "."
            raise ConfigurationError(f"{sentence[0].upper()}{sentence[1:]}{end}") from None
        _store(session, POLICY, rows, by, None)


def _import(
    session: psycopg.Connection, kind: Kind, table: Table, by: str, account: str | None, channel: str | None
) -> Imported:
    refused = Refused()
    read = _read(kind, table, datetime.now(BUCHAREST).date(), refused)
    accounts = _Accounts(session, account) if kind.has("account_type") else None
    named = {line.values["supplier_name"] for line in read if line.values.get("supplier_name")}
    suppliers = named_suppliers(session, named)
    known = supplier_names(session) if any(each.number is None for each in suppliers.values()) else []
    skus = sorted({line.values["sku"] for line in read if line.values.get("sku")})
    unknown = unknown_skus_in(session, skus)
    items: Items = _items(session, skus) if kind is POLICY else {}
    resolved: list[Line] = []
    for line in read:
        values, before = line.values, len(refused)
        found: Sequence[Mapping[str, Any]] = []
        with refused.of(line, "supplier_name"):
            _of_supplier(kind, values, suppliers, known)
        if "channel" not in line.unread:
            values.setdefault("channel", channel)
        if accounts is not None:
            with refused.of(line, "account_type"):
                values["account_type"] = accounts.of(values.pop("account_type", None), kind)
        if values.get("sku") or "sku" not in line.unread:
            with refused.of(line, "sku"):
                found = _products(kind, values, items, unknown)
        if line.unread.isdisjoint(kind.checked):
            with refused.of(line):
                kind.check(values)
        if len(refused) == before and not line.unread:
            resolved += [replace(line, values={**values, **item}) for item in found]
    lines = _joined(kind, resolved, refused)
    orders = _compared(session, kind, lines, refused, unknown)
    rows, unusable = [line.values for line in lines], refused.in_order()
    if kind.keeps_good_rows and not rows:
        raise ConfigurationError(f"No row of {table.file} can be used: {unusable[0].where}: {unusable[0].reason}.")
    days = [row["day"] for row in rows if row.get("day")]
    told = Imported(
        table,
        is_stored=kind.keeps_good_rows or not unusable,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        skus=_distinct(rows, "sku"),
        accounts=_distinct(rows, "account_type"),
        channels=_distinct(rows, "channel"),
        suppliers=tuple(sorted({each.name for each in suppliers.values()})),
        unusable=unusable,
        unknown={} if kind is PURCHASE_ORDERS else unknown,
        unknown_categories=_unknown_categories(session, _distinct(rows, "category")) if kind is FEES else {},
        new_suppliers=_new_suppliers(suppliers, known) if kind.makes_suppliers else {},
        inactive_suppliers=tuple(sorted({each.name for each in suppliers.values() if each.is_left})),
        doubtful=orders.doubtful,
        told=orders.told,
    )
    if not told.is_stored:
        return told
    [(number,)] = session.execute(
        statement("imports/opened"),
        {
            "kind": kind.name,
            "file_name": table.file,
            "file_hash": table.digest,
            "imported_by": by,
            "rows_read": len(table.rows),
            "rejected_rows": len({each.where for each in unusable}),
            "first_day": told.first_day,
            "last_day": told.last_day,
        },
    ).fetchall()
    if kind is PURCHASE_ORDERS:
        created, changed, unchanged = orders.write(session, by)
    else:
        created, changed, unchanged = _store(session, kind, rows, by, number)
    session.execute(
        statement("imports/closed"), {"id": number, "created": created, "changed": changed, "unchanged": unchanged}
    )
    return replace(told, created=created, changed=changed, unchanged=unchanged)


def _compared(
    session: psycopg.Connection, kind: Kind, lines: Sequence[Line], refused: Refused, unknown: Mapping[str, str | None]
) -> OrderChanges:
    """Refuse what contradicts other rows, or what is stored; returns what changes of orders."""
    if kind is POLICY:
        _refuse_two_levels(lines, refused)
    if kind is TERMS:
        _refuse_mixed_currencies(session, lines, refused)
    if kind is PURCHASE_ORDERS:
        return order_changes(session, lines, refused, unknown, load_settings().refused_days)
    return OrderChanges()


def _distinct(rows: Sequence[Values], column: str) -> tuple[str, ...]:
    return tuple(sorted({row[column] for row in rows if row.get(column)}))


def _read(kind: Kind, table: Table, today: date, refused: Refused) -> list[Line]:
    """What the cells of the rows say; each cell that cannot be read is refused."""
    columns = {column.name: column for column in kind.columns}
    known: dict[tuple[str, str, str], Any] = {}  # days, numbers and names come again and again in a large file
    read: list[Line] = []
    for place, row in enumerate(table.rows):
        values: Values = {}
        unread: set[str] = set()
        if row.problem:
            refused.add(place, row, row.problem)
            continue
        if kind is PURCHASE_ORDERS and all(is_empty(row.cells.get(key)) for key in kind.keys):
            continue  # a line with totals
        for name, cell in row.cells.items():
            if is_empty(cell):
                if name in kind.needed and name not in kind.may_be_empty:
                    refused.add(place, row, f"the {_called(name)} is empty", name)
                    unread.add(name)
                continue
            unit = row.header.columns[name].unit
            key = (name, unit, repr(cell))  # the text '1' is another cell than the number 1
            try:
                if key not in known:
                    known[key] = _value_of(kind, columns[name], cell, unit, today)
                values[name] = known[key]
            except UnusableError as error:
                refused.add(place, row, str(error), name)
                unread.add(name)
        taken = [name for name, value in values.items() if value is _TAKEN]
        kept = {name: value for name, value in values.items() if value is not _TAKEN}
        read.append(Line(place, row, {**kept, "taken_away": taken}, frozenset(unread)))
    return read


def _value_of(kind: Kind, column: Column, cell: Any, unit: str, today: date) -> Any:
    if isinstance(cell, Formula):
        if kind.refuses_formulas or is_empty(cell.result):
            why = "" if kind.refuses_formulas else " without a result"
            raise UnusableError(f"the {_called(column.name)} is a formula{why}: write what it gives")
        cell = cell.result
    if isinstance(cell, str) and _ERROR.fullmatch(cell.strip()):
        raise UnusableError(f"the formula of the {_called(column.name)} is an error, {noted(cell, 20)}")
    if column.can_be_taken_away and isinstance(cell, str) and plain(cell) in TAKEN_AWAY:
        return _TAKEN
    return column.read(cell, unit, today)


def _called(column: str) -> str:
    return "SKU" if column == "sku" else spoken(column)


@dataclass(frozen=True)
class NamedSupplier:
    """The supplier that a name means; without a number, nobody has the name."""

    name: str
    identity: str
    number: int | None
    is_left: bool


def named_suppliers(session: psycopg.Connection, names: set[str]) -> dict[str, NamedSupplier]:
    """Each name with the supplier that it means."""
    rows = session.execute(statement("imports/suppliers_named"), {"names": sorted(names)}).fetchall()
    return {
        name: NamedSupplier(known or name, identity, number, is_active is False)
        for name, identity, number, known, is_active in rows
    }


def supplier_names(session: psycopg.Connection) -> list[str]:
    """The names of all suppliers."""
    return [name for (name,) in session.execute(statement("imports/supplier_names")).fetchall()]


def _of_supplier(kind: Kind, values: Values, suppliers: Mapping[str, NamedSupplier], known: Sequence[str]) -> None:
    """Write the supplier's number beside his name, and his identity for the key."""
    if not values.get("supplier_name"):  # of all suppliers
        return
    supplier = suppliers[values["supplier_name"]]
    if not supplier.identity:
        raise UnusableError("the supplier's name shows nothing")
    if supplier.number is None and not kind.makes_suppliers:
        nearest = nearest_name(supplier.name, known, NEAR)
        raise UnusableError(
            f"no supplier is named '{noted(supplier.name, 60)}'. "
            + (f"Did you mean {nearest}?" if nearest else "Enter him first: magflow import suppliers")
        )
    if kind is MATCHES and supplier.is_left and values.get("is_confirmed"):
        raise UnusableError(f"{supplier.name} is inactive (suppliers.is_active), so that no match of his counts")
    values["supplier_id"], values["identity"] = supplier.number, supplier.identity


def _new_suppliers(suppliers: Mapping[str, NamedSupplier], known: Sequence[str]) -> dict[str, str | None]:
    """The suppliers that nobody knew, each with the known one whose name is very like his."""
    new = {each.identity: each.name for each in suppliers.values() if each.number is None and each.identity}
    return {
        name: nearest_name(name, known, VERY_NEAR) if place < MOST_COMPARED else None
        for place, name in enumerate(sorted(new.values()))
    }


def _unknown_categories(session: psycopg.Connection, named: Sequence[str]) -> dict[str, str | None]:
    """The categories that no active offer is in: eMAG's are numbers, and with a wrong digit a fee counts nowhere."""
    known = [category for (category,) in session.execute(statement("imports/categories")).fetchall()]
    return {name: nearest_name(name, known) for name in named if name not in known}


def nearest_name(name: str, known: Sequence[str], cutoff: float = NEAR) -> str | None:
    """The one of the known names that is most like a name, if one is like it."""
    folded = {each.casefold(): each for each in known}
    found = difflib.get_close_matches(name.casefold(), folded, 1, cutoff)
    return folded[found[0]] if found else None


class _Accounts:
    """The configured accounts, and the one that a row means which names none."""

    def __init__(self, session: psycopg.Connection, chosen: str | None) -> None:
        rows = session.execute("SELECT account_type FROM configured_accounts ORDER BY ordering_rank").fetchall()
        self._names = [name for (name,) in rows]
        if not self._names:
            raise ConfigurationError("No account was read yet: run `magflow sync` first.")
        self.chosen = chosen.lower() if chosen else None
        if self.chosen is not None and self.chosen not in self._names:
            raise ConfigurationError(f"There is no account {chosen}: there are {', '.join(self._names)}.")

    def of(self, name: str | None, kind: Kind) -> str | None:
        """The account of a row; None: every one."""
        if name is None:
            return self.chosen or (self._names[0] if kind.keeps_good_rows else None)
        if name.lower() not in self._names:
            raise UnusableError(f"there is no account '{noted(name, 40)}': there are {', '.join(self._names)}")
        return name.lower()


Items = Mapping[str, Sequence[Mapping[str, Any]]]


def _items(session: psycopg.Connection, skus: Sequence[str]) -> Items:
    """SKU to its inventory items, each with its account and number."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for account, sku, number in session.execute(statement("imports/items_of"), {"skus": list(skus)}).fetchall():
        found[sku].append({"account_type": account, "sku": sku, "item_id": number})
    return found


def _products(
    kind: Kind, values: Values, items: Items, unknown: Mapping[str, str | None]
) -> Sequence[Mapping[str, Any]]:
    """What the SKU of a row adds to it: of a policy, each item that it is for."""
    if kind is POLICY:
        return _items_of(values["sku"], values.get("account_type"), items, unknown)
    if kind.needs_products and values["sku"] in unknown:
        raise UnusableError(_no_product(values["sku"], unknown))
    return [{}]


def _items_of(
    sku: str, account: str | None, items: Items, unknown: Mapping[str, str | None]
) -> Sequence[Mapping[str, Any]]:
    if sku in unknown:
        raise UnusableError(_no_product(sku, unknown))
    found = [item for item in items.get(sku, []) if account in {None, item["account_type"]}]
    if not found:
        raise UnusableError(f"{f'the account {account}' if account else 'no account'} sells no {noted(sku, 60)}")
    return found


def _no_product(sku: str, unknown: Mapping[str, str | None]) -> str:
    nearest = unknown[sku]
    return f"no product has the SKU {noted(sku, 60)}" + (f". Did you mean {nearest}?" if nearest else "")


def _joined(kind: Kind, lines: Sequence[Line], refused: Refused) -> list[Line]:
    """One line per key. Quantities are added up where the kind says so; else lines of one key must say the same."""
    keys = ["identity" if key == "supplier_name" else key for key in kind.keys]
    by_key: dict[tuple[Any, ...], list[Line]] = defaultdict(list)
    for line in lines:
        by_key[tuple(_key(line.values, key) for key in keys)].append(line)
    quantity = next((column for column in kind.columns if column.name == "quantity"), None)
    joined: list[Line] = []
    for same in by_key.values():
        first = same[0]
        if len(same) > 1 and kind.adds_up and quantity is not None:
            total = sum(line.values["quantity"] for line in same)
            try:
                first = replace(first, values={**first.values, "quantity": quantity.read(total, "", ANY_DAY)})
            except UnusableError as error:
                refused.all(same, str(error), "quantity")
                continue
        elif len(same) > 1 and (reason := _difference(kind, [line.values for line in same])):
            refused.all(same, reason)
            continue
        joined.append(first)
    return joined


def _key(values: Values, key: str) -> Any:
    value = values.get(key)
    return 1 if key == "minimum_quantity" and value is None else value


def _difference(kind: Kind, same: Sequence[Values]) -> str:
    """How rows of one key differ, or nothing."""
    for column in kind.columns:
        if column.name not in kind.keys:
            said = [_said(value) for value in dict.fromkeys(_value(values, column.name) for values in same)]
            if len(said) > 1 and kind is STOCK:
                return f"its SKU was counted on that day as {' and as '.join(said)}"
            if len(said) > 1:
                key = " and ".join(_called(name) for name in kind.keys if any(values.get(name) for values in same))
                return f"rows of one {key} say of the {_called(column.name)} {' and '.join(said)}: leave one of them"
    return ""


def _value(values: Values, column: str) -> Any:
    return "none" if column in values["taken_away"] else values.get(column)


def _said(value: Any) -> str:
    return "nothing" if value is None else noted(value, 40)


def _refuse_two_levels(lines: Sequence[Line], refused: Refused) -> None:
    """Accounts on one warehouse have one item, and so one set of levels."""
    by_item: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_item[line.values["item_id"]].append(line)
    for same in by_item.values():
        if len({tuple(_value(line.values, level) for level in LEVELS) for line in same}) > 1:
            accounts = " and ".join(sorted({line.values["account_type"] for line in same}))
            refused.all(same, f"{accounts} have one warehouse, and so one set of levels, and here they differ")


def _refuse_mixed_currencies(session: psycopg.Connection, lines: Sequence[Line], refused: Refused) -> None:
    """A new currency would change what the amounts mean that a row does not name."""
    numbers = sorted({line.values["supplier_id"] for line in lines})
    stored = {
        key: (currency, amounts)
        for *key, currency, amounts in session.execute(
            statement("imports/stored_terms"), {"supplier_ids": numbers}
        ).fetchall()
        for key in [tuple(key)]
    }
    for line in lines:
        values = line.values
        key = (values["supplier_id"], values.get("sku", ""), values.get("shipping", "usual"))
        former, amounts = stored.get(key, ("CNY", []))
        currency = "CNY" if "currency" in values["taken_away"] else values.get("currency") or former
        left = [name for name in amounts if values.get(name) is None and name not in values["taken_away"]]
        if currency != former and left:
            told = " and ".join(map(_called, left))
            refused.add(
                line.place,
                line.row,
                f"his terms are in {former}, and the row in {currency}: name his {told} anew, or none",
            )


def _store(
    session: psycopg.Connection, kind: Kind, rows: Sequence[Values], by: str, number: int | None
) -> tuple[int, int, int]:
    """Write rows into their tables; returns how many are new, changed, and as they were."""
    columns = [column.name for column in kind.columns]
    columns += ["supplier_id"] * kind.has("supplier_name") + ["item_id"] * (kind is POLICY)
    session.execute("SELECT begin_import(%s)", [columns])
    empty = {"account_type": "", "category": "", "sku": "", "shipping": "usual", "reference": ""}
    empty = {name: value for name, value in empty.items() if any(name in target.keys for target in kind.targets)}
    copied = ({**empty, **{name: value for name, value in row.items() if value is not None}} for row in rows)
    copy_rows(
        session,
        "incoming",
        [*columns, "taken_away"],
        ([row.get(each) for each in (*columns, "taken_away")] for row in copied),
    )
    parameters = {"by": by}
    if kind.resolves:
        psycopg.ClientCursor(session).execute(statement(f"imports/resolve_{kind.name}"), parameters)
    total = [0, 0, 0]
    for target in kind.targets:
        counts = _write(session, target, by, number)
        total = [before + more for before, more in zip(total, counts, strict=True)]
    if kind is SHEETS:
        total[1] += session.execute(statement("imports/replaced_breaks")).rowcount
    if kind is RECEIPTS:
        session.execute(statement("imports/received_orders"))
    if kind is MATCHES:
        verify_in(session, sorted({row["sku"] for row in rows}), by)
    return total[0], total[1], total[2]


def _write(session: psycopg.Connection, target: Target, by: str, number: int | None) -> tuple[int, int, int]:
    [counts] = session.execute(
        statement("imports/written"),
        {
            "target": target.table,
            "source": target.source,
            "keys": list(target.keys),
            "columns": list(target.columns),
            "import_id": number,
            "signed": target.signed,
            "by": by,
        },
    ).fetchall()
    return counts
