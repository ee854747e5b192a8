"""The seller's orders (docs/emag-api.md): the resource `order`, its times, and one of its rows as pydantic models.

The models hold nothing of the customer but whether there is one: what is not read here can be stored nowhere. Not here:
what an order means (`orders/records.py`).
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict

from magflow_pipeline.emag.limits import ORDER_ROUTES
from magflow_pipeline.emag.resources import Filter, Resource
from magflow_pipeline.emag.values import (
    MAX_INT,
    Amount,
    Flag,
    Id,
    Json,
    Money,
    OptionalId,
    OptionalKey,
    Pieces,
    SmallInt,
    integer_reader,
    read_id,
    read_number,
    read_text,
)
from magflow_pipeline.times import BUCHAREST

OWN, FULFILLED = 3, 2  # shipped by the seller, fulfilled by eMAG: asked for one by one, each is the other's blind spot
ASKED = "%Y-%m-%d %H:%M:%S"
YEARS = range(2000, 2100)
# A zone that is not quite known (emag-api.md: Orders) must not look like an ignored filter.
TOLERANCE = timedelta(days=1)
_TIME = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
_SECONDS = re.compile(r"\d{9,10}(\.0*)?")


def read_time(value: Json) -> datetime | None:
    """A time, aware and UTC: naive ones are of Bucharest, numbers are Unix seconds; None where there is none.

    Of the hour that comes twice in autumn it is the first one; one that spring leaves out is moved by an hour.

    >>> read_time("2026-07-01 10:00:00").isoformat(), read_time("0000-00-00 00:00:00")
    ('2026-07-01T07:00:00+00:00', None)
    """
    text = read_text(value) or ""
    try:
        if _SECONDS.fullmatch(text):
            time = datetime.fromtimestamp(float(text), UTC)
        elif _TIME.fullmatch(text):
            local = datetime.fromisoformat(text)
            time = (local if local.tzinfo else local.replace(tzinfo=BUCHAREST)).astimezone(UTC)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return time if time.year in YEARS else None


def asked_time(time: datetime) -> str:
    """A time as the filters take it: naive, of Bucharest."""
    return time.astimezone(BUCHAREST).strftime(ASKED)


def _not_before(value: datetime, asked: Any) -> bool:
    bound = read_time(asked)
    return bound is None or value >= bound - TOLERANCE


def _not_after(value: datetime, asked: Any) -> bool:
    bound = read_time(asked)
    return bound is None or value <= bound + TOLERANCE


ORDERS = Resource(
    "order",
    "order",
    ORDER_ROUTES,
    {
        "id": Filter(read_id),
        "createdAfter": Filter(read_time, "date", _not_before),
        "createdBefore": Filter(read_time, "date", _not_after),
        "modifiedAfter": Filter(read_time, "modified", _not_before),
        "modifiedBefore": Filter(read_time, "modified", _not_after),
        # Some platforms answer with both types whatever was asked for: both are stored as what they say they are.
        "type": Filter(read_number, fits=lambda _value, _asked: True),
    },
    is_private=True,
)


def _read_products(value: Json) -> list[Json]:
    """The lines as sent. PHP writes a list with a gap as an object, whose values are its lines."""
    if isinstance(value, list):
        return cast("list[Json]", value)
    if isinstance(value, dict):
        entries = cast("dict[str, Json]", value)
        return [entries] if "id" in entries else list(entries.values())
    return []


def _read_code(value: Json) -> int | None:
    """A reason, sent as its number or as an object with one."""
    return integer_reader(MAX_INT)(cast("dict[str, Json]", value).get("id") if isinstance(value, dict) else value)


def _read_rate(value: Json) -> Decimal | None:
    """A VAT rate as a fraction; a percentage is one too."""
    number = read_number(value)
    if number is None or not 0 <= number <= 100:
        return None
    return round(number if number <= 1 else number / 100, 4)


def _read_currency(value: Json) -> str | None:
    """An ISO 4217 code."""
    text = read_text(value) or ""
    return text.upper() if re.fullmatch(r"[A-Za-z]{3}", text) else None


Time = Annotated[datetime | None, BeforeValidator(read_time)]


class Order(BaseModel):
    """One row of order/read. Only `id` is required. `customer`: whether the row names one."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Id
    type: SmallInt = None
    status: SmallInt = None
    date: Time = None
    modified: Time = None
    payment_mode_id: SmallInt = None
    is_storno: Flag = None
    parent_id: OptionalId = None
    reason_cancellation: Annotated[int | None, BeforeValidator(_read_code)] = None
    cancellation_reason: Annotated[int | None, BeforeValidator(_read_code)] = None
    shipping_tax: Amount = None
    refunded_amount: Amount = None
    customer: Annotated[bool, BeforeValidator(bool)] = False
    products: Annotated[list[Any], BeforeValidator(_read_products)] = []


class Line(BaseModel):
    """One of the products of an order. Only `id` is required."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Id
    product_id: OptionalId = None
    part_number_key: OptionalKey = None
    part_number: OptionalKey = None
    ext_part_number: OptionalKey = None
    status: SmallInt = None
    quantity: Pieces = None
    initial_qty: Pieces = None
    storno_qty: Pieces = None
    sale_price: Amount = None
    original_price: Money = None
    currency: Annotated[str | None, BeforeValidator(_read_currency)] = None
    vat: Annotated[Decimal | None, BeforeValidator(_read_rate)] = None
    created: Time = None
