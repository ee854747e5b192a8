"""What a workbook of purchase orders that came back changes: lines, what is put off, and orders that were sent.

The keys are the number of the draft and the SKU. A row of a sheet without SKUs is about the whole order. Belongs here:
what a row may change, and what it becomes. Not here: how cells are read (kinds.py, values.py), and how drafts are made
(`purchasing/drafts.py`).
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from magflow_pipeline.database.statements import statement
from magflow_pipeline.imports.lines import Line, Refused, Unusable, Values
from magflow_pipeline.imports.values import seen
from magflow_pipeline.text import counted, in_spreadsheet, noted
from magflow_pipeline.times import BUCHAREST

RANKS = {"draft": 0, "sent": 1, "confirmed": 2, "partially_received": 3, "received": 4, "cancelled": 5}
"""A file moves an order forward only: one that was written before it was sent may come back later."""
MOST_NAMED = 5
MOST_TIMES = 10
"""More pieces than so many times what was proposed are told: a digit or a point slips in easily."""
Rows = list[dict[str, Any]]


@dataclass
class OrderChanges:
    """What a file changes of orders, as the parameters of the statements that write it.

    Attributes:
        added: Lines that are new, or come back from those that were put off.
        changed: Lines with another quantity, day or note.
        decided: Lines that are put off, and what else is decided of such.
        orders: Orders with another status, day or note.
        priced: Lines of drafts whose quantity, and so perhaps their price, is another.
        unchanged: Rows that say what is stored.
        doubtful: Cells that a person should look at.
        told: What became of each order, as sentences.
    """

    added: Rows = field(default_factory=list[dict[str, Any]])
    changed: Rows = field(default_factory=list[dict[str, Any]])
    decided: Rows = field(default_factory=list[dict[str, Any]])
    orders: Rows = field(default_factory=list[dict[str, Any]])
    priced: Rows = field(default_factory=list[dict[str, Any]])
    unchanged: int = 0
    doubtful: tuple[Unusable, ...] = ()
    told: tuple[str, ...] = ()

    def write(self, session: psycopg.Connection, by: str) -> tuple[int, int, int]:
        """Write it; returns how many rows are new, changed, and as they were."""
        with session.cursor() as cursor:
            for name, rows in (
                ("order_decided", self.decided),
                ("order_line_added", self.added),
                ("order_line_changed", self.changed),
                ("order_line_priced", self.priced),
                ("order_changed", self.orders),
            ):
                if rows:
                    cursor.executemany(statement(f"imports/{name}"), [{**row, "by": by} for row in rows])
        return len(self.added), len(self.changed) + len(self.decided) + len(self.orders), self.unchanged


@dataclass(frozen=True)
class _Stored:
    """A line of an order, or one that was put off (`line_id` None), with what its supplier asks for."""

    product_id: int
    line_id: int | None
    quantity: int
    proposed_quantity: int
    expected_on: date | None
    note: str | None
    snoozed_until: date | None
    refused_because: str | None
    held_until: date | None
    moq: int
    pack: int


@dataclass(frozen=True)
class _Order:
    """An order, and its lines by SKU."""

    id: int
    number: str
    supplier_name: str
    status: str
    ordered_on: date | None
    expected_on: date | None
    note: str | None
    lines: Mapping[str, _Stored]

    @property
    def is_draft(self) -> bool:
        return self.status == "draft"


def as_written(quantity: int | None, expected_on: date | None, note: str | None) -> str:
    """What a workbook says of a line when it is written, to tell later what a person changed of it."""
    return "|".join(["" if quantity is None else str(quantity), f"{expected_on or ''}", _digest(note or "")])


def _digest(note: str) -> str:
    """Of what of a text comes back from a cell."""
    seen = "".join(each for each in note if each.isprintable() and not each.isspace())
    return hashlib.sha256(seen.encode("utf-8", "ignore")).hexdigest()[:12] if seen else ""


def order_changes(
    session: psycopg.Connection,
    lines: Sequence[Line],
    refused: Refused,
    unknown: Mapping[str, str | None],
    refused_days: int,
) -> OrderChanges:
    """What the lines of a file change; those that do not fit are refused.

    Args:
        session: Within the transaction that writes it: the orders are locked until it ends.
        lines: One for each draft and SKU, and for each draft.
        refused: Gets what does not fit.
        unknown: SKUs that no product has, with the nearest that one has.
        refused_days: For so many days a line is not proposed again that is refused without a day.
    """
    by_number: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_number[line.values["draft_number"]].append(line)
    orders = _stored_orders(session, list(by_number))
    added = _products(session, {line.values["sku"] for line in lines if line.values.get("sku")})
    changes, doubtful, told = OrderChanges(), list[Unusable](), list[str]()
    for number, rows in by_number.items():
        if number not in orders:
            refused.all(rows, f"no draft has the number {number}{_open_drafts(session)}", "draft_number")
            continue
        file = _OrderFile(orders[number], refused, changes, doubtful, refused_days)
        is_sent = any(_status(line.values) for line in rows)  # and was sent as the file has it
        file.read(rows if is_sent else [_touched(line) for line in rows], added, unknown)
        if sentence := file.told():
            told.append(sentence)
    changes.doubtful, changes.told = tuple(doubtful), tuple(told)
    return changes


class _OrderFile:
    """The rows of one order, compared with what is stored of it."""

    def __init__(
        self, order: _Order, refused: Refused, changes: OrderChanges, doubtful: list[Unusable], refused_days: int
    ) -> None:
        self._order, self._refused, self._changes, self._doubtful = order, refused, changes, doubtful
        self._today = datetime.now(BUCHAREST).date()
        self._refused_days = refused_days
        self._kept: dict[str, Line] = {}
        self._put_off: set[str] = set()
        self._said = {"added": 0, "changed": 0, "put off": 0}
        self._status = order.status
        self._pieces = {sku: stored.quantity for sku, stored in order.lines.items() if stored.line_id is not None}

    def read(self, rows: Sequence[Line], products: Mapping[str, int], unknown: Mapping[str, str | None]) -> None:
        """Note what the rows change."""
        # A cell shows a SKU without what nobody sees, and a CSV hides one that looks like a formula.
        escaped = {shown(sku): sku for shown in (seen, in_spreadsheet) for sku in self._order.lines}
        whole = [line for line in rows if "sku" not in line.row.header.columns]
        for line in rows:
            if line in whole:
                continue
            written: str = line.values.get("sku", "")
            if not written:
                self._refused.line(line, "the SKU is empty", "sku")
                continue
            sku = written if written in self._order.lines else escaped.get(written, written)
            stored = self._order.lines.get(sku)
            if stored is None and sku in unknown:
                near = f". Did you mean {unknown[sku]}?" if unknown[sku] else ""
                self._refused.line(line, f"no product has the SKU {noted(sku, 60)}{near}", "sku")
            elif stored is None and not self._order.is_draft:
                self._refused.line(line, f"{self._order.number} was sent without {noted(sku, 60)}", "sku")
            elif stored is None:
                self._add(line, sku, products[sku])
            elif not self._order.is_draft:
                self._of_sent(line, sku, stored)
            else:
                self._of_draft(line, sku, stored)
        self._of_order(whole, [line for line in rows if line not in whole])

    def told(self) -> str:
        """What became of the order; empty: nothing."""
        parts = [f"{counted(count, 'line')} {what}" for what, count in self._said.items() if count]
        if self._status != self._order.status:
            what = f"{counted(len(self._pieces), 'line')}, {counted(sum(self._pieces.values()), 'piece')}"
            parts.insert(0, f"{self._status.replace('_', ' ')}, {what}")
        return f"{self._order.number} to {self._order.supplier_name}: {'; '.join(parts)}." if parts else ""

    def _add(self, line: Line, sku: str, product_id: int) -> None:
        values = line.values
        for column in ("snoozed_until", "refused_because"):
            if values.get(column):
                self._refused.line(
                    line, f"{noted(sku, 60)} is not on {self._order.number} and cannot be put off", column
                )
                return
        if "as_written" in values and "quantity" not in values:
            self._doubtful.append(
                Unusable(line.row.where("sku"), f"{noted(sku, 60)} is no longer on {self._order.number}")
            )
            self._changes.unchanged += 1
            return
        if not values.get("quantity"):
            reason = f"{noted(sku, 60)} is not on {self._order.number}: to add it, write how many"
            self._refused.line(line, reason, "quantity" if "quantity" in line.row.header.columns else "sku")
            return
        self._insert(line, sku, product_id, values["quantity"], 0, None, None)

    def _of_draft(self, line: Line, sku: str, stored: _Stored) -> None:
        values = line.values
        quantity = values.get("quantity", stored.quantity)
        snoozed = _new(values, "snoozed_until", stored.snoozed_until)
        because = _new(values, "refused_because", stored.refused_because)
        if snoozed or because:
            self._hold(line, sku, stored, quantity or stored.quantity, snoozed, because)
            if not (values.get("snoozed_until") or values.get("refused_because")):
                reason = f"{noted(sku, 60)} stays put off until {stored.held_until}: 'none' in this cell takes it back"
                column = "snoozed_until" if stored.snoozed_until else "refused_because"
                self._doubtful.append(Unusable(line.row.where(column), reason))
            return
        if quantity == 0:
            day, why = map(line.row.header.called, ("snoozed_until", "refused_because"))
            reason = f"0 pieces: write a day in {day}, or why not in {why}"
            self._refused.line(line, reason, "quantity")
            return
        self._warn(line, quantity, stored)
        expected, note = _new(values, "expected_on", stored.expected_on), _new(values, "note", stored.note)
        if stored.line_id is None:
            self._insert(line, sku, stored.product_id, quantity, stored.proposed_quantity, expected, note)
            return
        self._kept[sku] = line
        self._pieces[sku] = quantity
        if (quantity, expected, note) == (stored.quantity, stored.expected_on, stored.note):
            self._changes.unchanged += 1
            return
        self._change(stored.line_id, quantity, expected, note)
        if quantity != stored.quantity:
            self._price(stored.product_id)

    def _of_sent(self, line: Line, sku: str, stored: _Stored) -> None:
        values, number = line.values, self._order.number
        snoozed = _new(values, "snoozed_until", stored.snoozed_until)
        because = _new(values, "refused_because", stored.refused_because)
        if stored.line_id is None:  # it was put off before the order was sent
            self._hold(line, sku, stored, stored.quantity, snoozed, because)
            return
        if snoozed or because:
            column = "snoozed_until" if snoozed else "refused_because"
            self._refused.line(line, f"{number} was sent with {noted(sku, 60)}, which can no longer be put off", column)
            return
        if values.get("quantity", stored.quantity) != stored.quantity:
            reason = (
                f"{number} was sent with {counted(stored.quantity, 'piece')} of {noted(sku, 60)}: a line that was sent"
                " keeps its quantity"
            )
            self._refused.line(line, reason, "quantity")
            return
        self._kept[sku] = line
        expected, note = _new(values, "expected_on", stored.expected_on), _new(values, "note", stored.note)
        if (expected, note) == (stored.expected_on, stored.note):
            self._changes.unchanged += 1
            return
        self._change(stored.line_id, stored.quantity, expected, note)

    def _change(self, line_id: int, quantity: int, expected: date | None, note: str | None) -> None:
        self._changes.changed.append({"id": line_id, "quantity": quantity, "expected_on": expected, "note": note})
        self._said["changed"] += 1

    def _insert(
        self,
        line: Line,
        sku: str,
        product_id: int,
        quantity: int,
        proposed: int,
        expected: date | None,
        note: str | None,
    ) -> None:
        self._kept[sku] = line
        self._pieces[sku] = quantity
        self._said["added"] += 1
        self._changes.added.append(
            {
                "purchase_order_id": self._order.id,
                "product_id": product_id,
                "quantity": quantity,
                "proposed_quantity": proposed,
                "expected_on": _new(line.values, "expected_on", expected),
                "note": _new(line.values, "note", note),
            }
        )
        self._price(product_id)

    def _price(self, product_id: int) -> None:
        self._changes.priced.append({"purchase_order_id": self._order.id, "product_id": product_id})

    def _hold(
        self, line: Line, sku: str, stored: _Stored, quantity: int, snoozed: date | None, because: str | None
    ) -> None:
        """Put a line off; of one that is put off already, until another day or for another reason."""
        if snoozed is not None and snoozed != stored.snoozed_until and snoozed <= self._today:
            reason = f"{snoozed} is over" if snoozed < self._today else f"{snoozed} is today"
            self._refused.line(line, f"{reason}, so that nothing would be put off", "snoozed_until")
            return
        self._put_off.add(sku)
        self._pieces.pop(sku, None)
        note = _new(line.values, "note", stored.note)
        same = (stored.snoozed_until, stored.refused_because) == (snoozed, because)
        if stored.line_id is None and same and (note, quantity) == (stored.note, stored.quantity):
            self._changes.unchanged += 1
            return
        held = stored.held_until
        if stored.line_id is not None or not same:
            held = snoozed or (self._today + timedelta(days=self._refused_days) if because else None)
        self._said["put off"] += 1
        self._changes.decided.append(
            {
                "purchase_order_id": self._order.id,
                "product_id": stored.product_id,
                "sku": sku,
                "quantity": quantity,
                "proposed_quantity": stored.proposed_quantity,
                "note": note,
                "snoozed_until": snoozed,
                "refused_because": because,
                "held_until": held,
            }
        )

    def _warn(self, line: Line, quantity: int, stored: _Stored) -> None:
        if quantity == stored.proposed_quantity:
            return
        where = line.row.where("quantity")
        if quantity < stored.moq:
            self._doubtful.append(
                Unusable(where, f"{quantity} is less than the supplier's least quantity {stored.moq}")
            )
        if quantity > MOST_TIMES * max(stored.proposed_quantity, stored.moq):
            self._doubtful.append(
                Unusable(where, f"{quantity} is very much more than the {stored.proposed_quantity} that were proposed")
            )
        if quantity % stored.pack:
            self._doubtful.append(Unusable(where, f"{quantity} is not a multiple of the supplier's pack {stored.pack}"))

    def _of_order(self, whole: Sequence[Line], of_lines: Sequence[Line]) -> None:
        """Status, day of sending, expected day and note of the whole order."""
        order = self._order
        expected, note = order.expected_on, order.note
        for line in whole:
            for column in ("snoozed_until", "refused_because"):
                if line.values.get(column):
                    self._refused.line(line, "what is put off is a line: name its SKU", column)
            expected, note = _new(line.values, "expected_on", expected), _new(line.values, "note", note)
        kept = [*whole, *self._kept.values()]
        wishes = {status for line in kept if (status := _status(line.values)) and RANKS[status] > RANKS[order.status]}
        days = {day for line in kept if (day := line.values.get("sent_on"))}
        if len(wishes) > 1 or len(days) > 1:
            said = " and ".join(sorted(wishes) if len(wishes) > 1 else map(str, sorted(days)))
            self._refused.all(kept, f"the rows of {order.number} say {said}: an order is sent whole", "sent_on")
            return
        status = next(iter(wishes), order.status)
        if status != order.status and not self._is_whole(status, whole, of_lines):
            return
        day = next(iter(days), order.ordered_on)
        if order.is_draft:
            day = (day or self._today) if RANKS["draft"] < RANKS[status] < RANKS["cancelled"] else order.ordered_on
        self._status = status
        if (status, day, expected, note) == (order.status, order.ordered_on, order.expected_on, order.note):
            self._changes.unchanged += len(whole)
            return
        self._changes.orders.append(
            {"id": order.id, "status": status, "ordered_on": day, "expected_on": expected, "note": note}
        )

    def _is_whole(self, status: str, whole: Sequence[Line], of_lines: Sequence[Line]) -> bool:
        """Whether the rows agree that the order becomes `status`; those that do not are refused."""
        number, word = self._order.number, status.replace("_", " ")
        if status == "sent" and not self._pieces:
            self._refused.all([*whole, *of_lines][:1], f"no line of {number} is left to be sent", "sent_on")
            return False
        before = len(self._refused)
        if not any(_status(line.values) for line in whole):
            others = [line for line in self._kept.values() if not _status(line.values)]
            reason = f"other lines of {number} are {word}, and this one is neither {word} nor put off until a day"
            self._refused.all(others, reason, "sent_on")
        missing = sorted(self._pieces.keys() - self._kept.keys())
        if of_lines and missing and not before:  # else it may be a line that was refused
            named = ", ".join(noted(sku, 60) for sku in missing[:MOST_NAMED])
            more = f"{counted(len(missing), 'line')} that the file does not name: {named}"
            day, why = map(of_lines[0].row.header.called, ("snoozed_until", "refused_because"))
            reason = (
                f"{number} is to be {word}, and has {more}. Put the rows back; where one is not to be ordered, write a"
                f" day in {day} or why not in {why}"
            )
            self._refused.all(
                [line for line in [*whole, *of_lines] if _status(line.values)][:1], reason, "draft_number"
            )
        return len(self._refused) == before


def _touched(line: Line) -> Line:
    """The line without what nobody changed since its workbook was written; what a person emptied is taken away."""
    written = line.values.get("as_written")
    if written is None:
        return line
    values, taken = dict(line.values), list(line.values["taken_away"])
    now = as_written(values.get("quantity"), values.get("expected_on"), values.get("note")).split("|")
    for column, before, after in zip(("quantity", "expected_on", "note"), written.split("|"), now, strict=True):
        if column not in line.row.header.columns or column in taken:
            continue
        if before == after:
            values.pop(column, None)
        elif not after and column != "quantity":
            taken.append(column)
    return replace(line, values={**values, "taken_away": taken})


def _status(values: Values) -> str | None:
    """The status that a row asks for."""
    said = values.get("order_status")
    return "sent" if "sent_on" in values and (said is None or said == "draft") else said


def _new(values: Values, column: str, stored: Any) -> Any:
    """What a row says of a column; what it does not say stays. A CSV has formulas behind an apostrophe."""
    if column in values["taken_away"]:
        return None
    said = values.get(column)
    return stored if said is None or (isinstance(stored, str) and said == in_spreadsheet(stored)) else said


def _stored_orders(session: psycopg.Connection, numbers: Sequence[str]) -> dict[str, _Order]:
    with session.cursor(row_factory=dict_row) as cursor:
        orders = cursor.execute(statement("imports/orders_named"), {"numbers": list(numbers)}).fetchall()
        rows = cursor.execute(statement("imports/order_lines"), {"ids": [order["id"] for order in orders]}).fetchall()
    lines: dict[int, dict[str, _Stored]] = defaultdict(dict)
    for row in rows:
        order, sku = row.pop("purchase_order_id"), row.pop("sku")
        lines[order][sku] = _Stored(**row)
    return {order["number"]: _Order(**order, lines=lines[order["id"]]) for order in orders}


def _products(session: psycopg.Connection, skus: Iterable[str]) -> dict[str, int]:
    return dict(session.execute("SELECT sku, id FROM products WHERE sku = ANY(%s)", [list(skus)]).fetchall())


def _open_drafts(session: psycopg.Connection) -> str:
    found = session.execute("SELECT draft_number FROM draft_orders ORDER BY purchase_order_id").fetchall()
    named = ", ".join(number for (number,) in found[:MOST_NAMED])
    more = f" and {len(found) - MOST_NAMED} others" if len(found) > MOST_NAMED else ""
    return f". Open drafts: {named}{more}" if found else ", and no draft is open: magflow order --all makes them"
