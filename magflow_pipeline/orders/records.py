"""Converts an order as sent into the rows to store, or into the reason why not: pure functions.

Nothing here quotes a text of the order: notes and rejections name keys, and show numbers and times only, so that
nothing of a customer is stored wherever the marketplace puts it.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, cast

from pydantic import BaseModel, ValidationError

from magflow_pipeline.emag.orders import Line, Order
from magflow_pipeline.emag.values import Json, read_id, read_number

MOST_LINES = 10_000  # of one order
SHOWN_OF_ORDER = ("id", "type", "status", "date", "modified", "payment_mode_id", "is_storno", "parent_id")
SHOWN_OF_LINE = ("id", "product_id", "status", "quantity", "initial_qty", "storno_qty", "sale_price", "vat")
NOT_CONTENT = frozenset({"account_type", "sync_log_id", "seen_at", "content_hash", "has_lines", "lines_as_of"})
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]?[\d:.]{0,15}(Z|[+-]\d\d:?\d\d)?")
_NO_TIME = "0000-00-00"  # MySQL's null


class OrderRecord(NamedTuple):
    """One row of the table `incoming_orders`; the fields are its columns.

    `is_whole`: it came with products, all of them usable, and a customer: only then a line that it lacks is gone.
    """

    account_type: str
    sync_log_id: int
    seen_at: datetime
    order_id: int
    order_type: int
    status: int | None
    ordered_at: datetime | None
    modified_at: datetime | None
    payment_mode: int | None
    is_storno: bool | None
    parent_id: int | None
    reason_cancellation: int | None
    shipping_tax: Decimal | None
    refunded_amount: Decimal | None
    is_whole: bool
    has_lines: bool
    lines_as_of: datetime | None
    notes: list[str]
    content_hash: bytes


class LineRecord(NamedTuple):
    """One row of the table `incoming_order_lines`."""

    order_id: int
    line_id: int
    product_id: int | None
    part_number_key: str | None
    part_number: str | None
    ext_part_number: str | None
    status: int | None
    quantity: int | None
    initial_qty: int | None
    storno_qty: int | None
    sale_price: Decimal | None
    original_price: Decimal | None
    currency: str | None
    vat_rate: Decimal | None


@dataclass(frozen=True)
class Rejection:
    """An order that cannot be stored, or the line of that number (from 1) of one that can, and why."""

    order_id: int | None
    line_number: int | None
    reason: str
    payload: str
    """JSON: numbers and times of the row."""


@dataclass(frozen=True)
class Sold:
    """An order that can be stored, its lines, and those lines that cannot."""

    order: OrderRecord
    lines: list[LineRecord]
    rejections: list[Rejection]


def identity_of(row: Json) -> int | bytes:
    """The identity of a row: its order id, or a hash of the row where it has none."""
    order_id = read_id(_as_object(row).get("id"))
    return order_id or hashlib.sha256(repr(row).encode("utf-8", "replace")).digest()


def make_order(row: Json, account_type: str, sync_log_id: int, asked_type: int, seen_at: datetime) -> Sold | Rejection:
    """The order in `row` with its lines, or its rejection. `asked_type` is that of a row that does not say its own."""
    if not isinstance(row, dict):
        return Rejection(None, None, f"the row is not an object but a {type(row).__name__}", "{}")
    sent = cast("dict[str, Json]", row)
    try:
        order = Order.model_validate(sent)
    except ValidationError as error:
        return reject(sent, _reason(error))
    if len(order.products) > MOST_LINES:
        return reject(sent, f"it has {len(order.products)} lines: more than {MOST_LINES} are not believed")
    notes = list(_left_out(sent, order, ""))
    lines: dict[int, LineRecord] = {}
    rejections: list[Rejection] = []
    created: list[datetime] = []
    for number, product in enumerate(order.products, 1):
        try:
            line = Line.model_validate(product)
        except ValidationError as error:
            rejections.append(_reject_line(order.id, number, product, _reason(error)))
            continue
        notes += _left_out(cast("dict[str, Json]", product), line, f" of line {line.id}")
        if line.id in lines:
            notes.append(f"line {line.id} came twice: the last one counts")
        lines[line.id] = _line(order.id, line)
        created += [line.created] if line.created else []
    if order.date is None and created:
        notes.append("no usable date: the first time of its lines is taken")
    record = OrderRecord(
        account_type=account_type,
        sync_log_id=sync_log_id,
        seen_at=seen_at,
        order_id=order.id,
        order_type=asked_type if order.type is None else order.type,
        status=order.status,
        ordered_at=order.date or min(created, default=None),
        modified_at=order.modified,
        payment_mode=order.payment_mode_id,
        is_storno=order.is_storno,
        parent_id=order.parent_id,
        reason_cancellation=order.cancellation_reason
        if order.reason_cancellation is None
        else order.reason_cancellation,
        shipping_tax=order.shipping_tax,
        refunded_amount=order.refunded_amount,
        is_whole=bool(lines) and not rejections and order.customer,
        has_lines=bool(order.products),
        lines_as_of=order.modified if order.products else None,
        notes=sorted(set(notes)),
        content_hash=b"",
    )
    ordered = [lines[line_id] for line_id in sorted(lines)]
    return Sold(record._replace(content_hash=_content_hash(record, ordered)), ordered, rejections)


def reject(row: Json, reason: str) -> Rejection:
    """The rejection of a whole order."""
    sent = _as_object(row)
    return Rejection(read_id(sent.get("id")), None, reason, _payload(sent, SHOWN_OF_ORDER))


def _reject_line(order_id: int, number: int, product: Json, reason: str) -> Rejection:
    return Rejection(order_id, number, reason, _payload(_as_object(product), SHOWN_OF_LINE))


def _line(order_id: int, line: Line) -> LineRecord:
    return LineRecord(
        order_id=order_id,
        line_id=line.id,
        product_id=line.product_id,
        part_number_key=line.part_number_key,
        part_number=line.part_number,
        ext_part_number=line.ext_part_number,
        status=line.status,
        quantity=line.quantity,
        initial_qty=line.initial_qty,
        storno_qty=line.storno_qty,
        sale_price=line.sale_price,
        original_price=line.original_price,
        currency=line.currency,
        vat_rate=line.vat,
    )


def _as_object(row: Json) -> dict[str, Json]:
    return cast("dict[str, Json]", row) if isinstance(row, dict) else {}


def _reason(error: ValidationError) -> str:
    """What is wrong, by the names of the keys; no value is quoted."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    wrong = sorted({".".join(str(part) for part in problem["loc"]) or "the row" for problem in problems})
    return "; ".join(f"{name} is missing or not usable" for name in wrong)


def _left_out(row: Mapping[str, Json], kept: BaseModel, of: str) -> Iterable[str]:
    """Notes on the values that were sent and could not be kept."""
    for name in type(kept).model_fields:
        if getattr(kept, name) is None and _says_something(row.get(name)):
            yield f"{name}{of} is not usable: left as it was"


def _says_something(value: Json) -> bool:
    if isinstance(value, str):
        return bool(value.strip()) and not value.startswith(_NO_TIME)
    # PHP's `false` and 0 stand for no id.
    return value not in (None, [], {}, False, 0)


def _payload(row: Mapping[str, Json], keys: Sequence[str]) -> str:
    return json.dumps({key: _shown(row[key]) for key in keys if key in row})


def _shown(value: Json) -> str | None:
    """A number or a time as it was sent; of anything else only what it is."""
    if value is None or isinstance(value, bool):
        return None if value is None else str(value).lower()
    if isinstance(value, list | dict):
        return "(a list or an object)"
    text = str(value).strip()
    return (
        text
        if len(text) <= 40 and (read_number(text) is not None or _TIME.fullmatch(text))
        else f"({len(text)} characters)"
    )


def _content_hash(order: OrderRecord, lines: Sequence[LineRecord]) -> bytes:
    """The same for the same content, in whatever style numbers and times were sent."""
    content = {name: _canonical(value) for name, value in order._asdict().items() if name not in NOT_CONTENT}
    content["lines"] = [[_canonical(value) for value in line] for line in lines]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()


def _canonical(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(round(value, 4).normalize())
    return value.isoformat() if isinstance(value, datetime) else value
