"""One order as the JSON that order/read answers, at any time of its life.

Belongs here: keys, types and oddities of an order, its lines and its customer, and what becomes of it. Not
here: which orders there are (sales.py) and what a filter does to them (order_reading.py).
"""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, cast

from magflow_pipeline.simulator.bucharest import HOUR, text, to_local
from magflow_pipeline.simulator.countries import country_of

CANCELED, NEW, IN_PROGRESS, PREPARED, FINALIZED, RETURNED = range(6)

FULFILLED_BY_EMAG, FULFILLED_BY_SELLER = 2, 3

DAY = 24 * HOUR
LONGEST_LIFE = 30 * DAY
"""Nothing becomes of an order that is older."""

PERSON = "PLANTEDPERSON"
PHONE = "+40799123"
"""In every name, address, mail and company of a customer; the beginning of every phone. No client may store them."""


@dataclass(frozen=True, slots=True)
class Goods:
    """What an order says of an offer."""

    id: int
    sku: str
    part_number_key: str | None
    name: str
    price: float
    currency: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line: `returned` of its `pieces` come back in the end; a cancelled one has status 0."""

    goods: Goods
    pieces: int
    returned: int
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What an order becomes: its new status, and whether its returned pieces have come back."""

    moment: int
    local: int
    status: int
    is_returned: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """An order with its future; moments are seconds since 1970, local ones those of Bucharest's clocks."""

    id: int
    type: int
    moment: int
    local: int
    payment_mode_id: int
    lines: tuple[Line, ...]
    changes: tuple[Change, ...]
    """By time. Before the first one it is new, and was never modified."""

    def last_change(self, now: int) -> Change | None:
        """The newest change, or None for a fresh order."""
        place = bisect_right(self.changes, now, key=lambda change: change.moment)
        return self.changes[place - 1] if place else None

    def status(self, now: int) -> int:
        """Its status at a moment."""
        change = self.last_change(now)
        return change.status if change else NEW

    def sold(self, now: int) -> list[tuple[int, int]]:
        """Offer id and pieces of what counts as sold at a moment: not cancelled, not returned."""
        change = self.last_change(now)
        if change is not None and change.status == CANCELED:
            return []
        back = change is not None and change.is_returned
        return [
            (line.goods.id, line.pieces - (line.returned if back else 0))
            for line in self.lines
            if not line.is_cancelled
        ]


def life(moment: int, chance: tuple[float, float, float, float], is_cancelled: bool, returns: str) -> list[Change]:
    """The changes of an order made at a moment; `returns` is "none", "some" or "all"."""
    acknowledged = moment + 600 + int(chance[0] * 9 * HOUR)
    finalized = acknowledged + 6 * HOUR + int(chance[1] * 40 * HOUR)
    if is_cancelled:
        cancelled = moment + 300 + int(chance[2] * 30 * HOUR)
        before = [(acknowledged, IN_PROGRESS)] if acknowledged < cancelled else []
        return [Change(when, to_local(when), status) for when, status in [*before, (cancelled, CANCELED)]]
    prepared = (acknowledged + finalized) // 2
    changes = [
        Change(when, to_local(when), status)
        for when, status in ((acknowledged, IN_PROGRESS), (prepared, PREPARED), (finalized, FINALIZED))
    ]
    if returns != "none":
        back = finalized + 3 * DAY + int(chance[3] * 15 * DAY)
        changes.append(Change(back, to_local(back), RETURNED if returns == "all" else FINALIZED, is_returned=True))
    return changes


def written_order(order: Order, now: int, account: str) -> dict[str, Any]:
    """The row of an order at a moment, complete."""
    rng = random.Random(order.id)
    change = order.last_change(now)
    status = change.status if change else NEW
    back = change is not None and change.is_returned
    in_text = rng.random() < 0.4  # some numbers are text, as elsewhere in this API
    returned = sum(line.returned for line in order.lines) if back else 0
    pickup = rng.random() < 0.55
    method = {1: "COD", 2: "OP", 3: "CARD"}[order.payment_mode_id]
    total = sum(line.pieces * line.goods.price for line in order.lines)
    row: dict[str, Any] = {
        "vendor_name": f"Demo {account}",
        "id": str(order.id) if in_text else order.id,
        "parent_id": None,
        "date": text(order.local),
        "modified": text(change.local) if change else None,
        "status": str(status) if in_text else status,
        "type": order.type,
        "is_complete": 1,
        "payment_mode": method,
        "payment_mode_id": order.payment_mode_id,
        "detailed_payment_method": "eMAG Marketplace Card" if method == "CARD" else method,
        "payment_status": "1" if order.payment_mode_id == 3 else 0,
        "delivery_mode": "pickup" if pickup else "courier",
        "shipping_tax": "17.9900" if in_text else 17.99,
        "shipping_tax_voucher_split": [],
        "vouchers": [],
        "customer": _customer(rng, order.id, country_of(order.lines[0].goods.currency).code),
        "products": [_line(rng, order, place, line, change) for place, line in enumerate(order.lines, 1)],
        "attachments": _attachments(order, status),
        "details": {"locker_id": f"L{order.id % 900}", "locker_name": f"easybox {PERSON}"} if pickup else [],
        "is_storno": returned > 0,
        "cashed_co": 0 if method != "COD" else round(total, 4),
        "cashed_cod": f"{total:.4f}" if method == "COD" else "0",
        "refunded_amount": f"{returned}" if returned else "0",
        "refund_status": None,
        "cancellation_request": None,
        "reason_cancellation": None,
        "maximum_date_for_shipment": text(order.local + 2 * DAY),
        "finalization_date": None,
        "late_shipment": 0,
        "flags": [],
        "emag_club": rng.randint(0, 1),
        "enforced_vendor_courier_accounts": rng.choice((None, [])),
        "observation": rng.choice((None, "", f"Sunați la {PHONE}{order.id % 1000:03d}, {PERSON}")),
    }
    if status == CANCELED:
        row["reason_cancellation"] = rng.choice((None, 31, {"id": 31, "name": "Client refuză"}))
    done = [each.local for each in order.changes if each.status == FINALIZED and each.moment <= now]
    if done:
        row["finalization_date"] = text(done[0])
    return row


def hollow(row: Any) -> Any:
    """The same row as the warehouse of eMAG sometimes sends it: nobody bought nothing."""
    if not isinstance(row, dict):
        return cast("object", row)
    emptied: dict[str, Any] = {"customer": None, "products": []}
    return cast("dict[str, Any]", row) | emptied


def _line(rng: random.Random, order: Order, place: int, line: Line, change: Change | None) -> dict[str, Any]:
    goods = line.goods
    back = line.returned if change is not None and change.is_returned else 0
    quantity = line.pieces - back
    price = goods.price * rng.choice((1, 1, 1, 0.95, 0.9))
    known_by = rng.random()
    product_id = goods.id if known_by < 0.7 else str(goods.id)
    if known_by > 0.95 and goods.part_number_key:
        product_id = None
    # Documents and clients disagree on which of the two is the seller's SKU.
    swapped = order.type == FULFILLED_BY_EMAG
    return {
        "id": order.id * 10 + place,
        "product_id": product_id,
        "mkt_id": order.id % 10**8 + place,
        "status": 0 if line.is_cancelled else 1,
        "part_number": goods.part_number_key or goods.sku if swapped else goods.sku,
        "ext_part_number": goods.sku if swapped or rng.random() < 0.5 else None,
        "part_number_key": goods.part_number_key,
        "name": goods.name,
        "product_name": goods.name,
        "quantity": str(quantity) if rng.random() < 0.2 else quantity,
        "initial_qty": line.pieces,
        "storno_qty": str(back) if rng.random() < 0.2 else back,
        "sale_price": round(price, 4) if rng.random() < 0.1 else f"{price:.4f}",
        "original_price": f"{goods.price:.4f}",
        "currency": goods.currency,
        "vat": country_of(goods.currency).vat,
        "created": text(order.local),
        "modified": text(change.local if change else order.local),
        "details": [],
        "product_voucher_split": [],
        "recycle_warranties": [],
        "attachments": [],
        "serial_numbers": None,
        "reversible_vat_charging": 0,
    }


def _customer(rng: random.Random, number: int, country: str) -> dict[str, Any]:
    phone = f"{PHONE}{number % 1000:03d}"
    is_company = rng.random() < 0.2
    address = {
        "country": country,
        "suburb": f"Județ {PERSON}",
        "city": f"Oraș {PERSON}",
        "locality_id": str(number % 13000),
        "street": f"Str. {PERSON} nr. {number % 200}",
        "postal_code": PERSON,
        "contact": f"Maria {PERSON}",
        "phone": phone,
    }
    return {
        "id": number % 10**7,
        "mkt_id": number % 10**8,
        "name": f"Maria {PERSON}",
        "email": f"maria.{PERSON}.{number}@example.com",
        "company": f"SC {PERSON} SRL" if is_company else "",
        "gender": "f",
        "code": f"{country}{PHONE}" if is_company else "",
        "registration_number": "",
        "bank": "",
        "iban": f"RO00{PERSON}{number}" if is_company else "",
        "fax": "",
        "legal_entity": int(is_company),
        "is_vat_payer": int(is_company),
        "phone_1": phone,
        "phone_2": "",
        "phone_3": "",
        **{f"billing_{key}": value for key, value in address.items()},
        **{f"shipping_{key}": value for key, value in address.items()},
    }


def _attachments(order: Order, status: int) -> list[dict[str, Any]]:
    if status != FINALIZED:
        return []
    url = f"https://example.com/facturi/{PERSON}-{order.id}.pdf"
    return [{"order_id": order.id, "name": f"Factura {PERSON}", "url": url, "type": 1, "force_download": 0}]
