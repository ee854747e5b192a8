"""Converts a row as sent into the record to store, or into the reason why not: pure functions."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from json.encoder import encode_basestring_ascii as quoted
from typing import cast

import msgspec
from pydantic import ValidationError

from magflow_pipeline.catalogue.sellable import why_not_sellable
from magflow_pipeline.emag.offers import Offer
from magflow_pipeline.emag.usual_offers import Characteristic, Image, UsualOffer, read_usual
from magflow_pipeline.emag.values import (
    MAX_BIGINT,
    MAX_LONG_TEXT,
    MAX_TEXT,
    Json,
    Unreadable,
    amounts_reader,
    clean,
    integer_reader,
    is_clean,
    read_flag,
    read_id,
    read_number,
    text_reader,
    value_of,
)
from magflow_pipeline.emag.wire import SlicedRows
from magflow_pipeline.text import noted, storable

# Set by competitors: stored in a series of their own, so that they do not mark an offer as changed.
MARKET = frozenset({"buy_button_rank", "best_offer_sale_price", "best_offer_recommended_price", "number_of_offers"})
IDENTITY = frozenset({"id", "part_number"})
NOTED = tuple(Offer.model_fields.keys() - IDENTITY - MARKET)  # what is left out of these is told
MOST_RESERVED = 10**9  # oversold pieces are ordered, so an absurd number must not count
SHOWN = 60  # characters of a value in a note
NEVER = datetime.min.replace(tzinfo=UTC)

read_bigint = integer_reader(MAX_BIGINT)
read_family_name = text_reader(MAX_TEXT)
read_codes = amounts_reader(2**15 - 1)


class Record(msgspec.Struct, gc=False, omit_defaults=True):
    """One row of the table `incoming_offers`; the fields are its columns. JSON is text, money Decimal.

    Those without a default are its content, in the order in which it is hashed: by name.
    """

    brand: str | None
    category_id: int | None
    characteristics: str
    currency: str | None
    description: str | None
    ean: list[str]
    emag_id: int
    estimated_stock: int | None
    family_id: int | None
    family_name: str | None
    family_type_id: int | None
    general_stock: int | None
    genius_computed: int | None
    genius_eligibility: int | None
    genius_eligibility_type: int | None
    handling_time: int | None
    images: str
    is_visible: bool
    max_sale_price: Decimal | None
    min_sale_price: Decimal | None
    name: str | None
    notes: list[str]
    offer_validation_status: int | None
    ownership: bool | None
    part_number_key: str | None
    price: Decimal | None
    recommended_price: Decimal | None
    reserved_stock: int
    sku: str
    status: int
    stock_quantity: int
    translation_validation_status: list[int]
    url: str | None
    validation_errors: str | None
    validation_status: list[int]
    vat_id: int | None
    warranty: int | None
    account_type: str = ""
    sync_log_id: int = 0
    seen_at: datetime = NEVER
    content_hash: bytes = b""
    raw_hash: bytes | None = None
    buy_button_rank: int | None = None
    best_offer_sale_price: Decimal | None = None
    best_offer_recommended_price: Decimal | None = None
    number_of_offers: int | None = None

    @property
    def key(self) -> int:
        """Its identity within a sync."""
        return self.emag_id


@dataclass(frozen=True)
class Rejection:
    """A row that cannot be stored, and why."""

    row: Json
    reason: str

    @property
    def emag_offer_id(self) -> int | None:
        """Its offer id, when it has a usable one."""
        return _id_of(self.row)

    @cached_property
    def payload(self) -> bytes:
        """The row as JSON."""
        return payload_of(self.row)

    @property
    def key(self) -> bytes:
        """Its identity within a sync: the row itself, because another row of its id may be storable."""
        return self.payload


def identity_of(row: object) -> int | bytes:
    """The identity of a row: its offer id, or the row as JSON where it has none."""
    return _id_of(row) or payload_of(row)


def payload_of(row: object) -> bytes:
    """A row as JSON, as rejected rows are kept."""
    try:
        return json.dumps(row, default=float).encode()  # a Decimal as the number it was
    except RecursionError:
        return b'"nested too deep to be written again: see the raw page"'


def _id_of(row: object) -> int | None:
    return read_id(as_object(row).get("id"))


def read_record(
    rows: Sequence[Json],
    place: int,
    account_type: str,
    sync_log_id: int,
    seen_at: datetime,
    raw_hash: bytes | None = None,
) -> Record | Rejection:
    """What `make_record` makes of the row at a place of an answer; a usual row is read in one pass."""
    usual = read_usual(bytes(rows.slices[place])) if isinstance(rows, SlicedRows) else None
    if usual:
        return _usual_record(usual, account_type, sync_log_id, seen_at, raw_hash)
    return make_record(rows[place], account_type, sync_log_id, seen_at, raw_hash)


def make_record(
    row: object, account_type: str, sync_log_id: int, seen_at: datetime, raw_hash: bytes | None = None
) -> Record | Rejection:
    """The record of `row`, or its rejection. `raw_hash`: by which the row is known when it comes again."""
    if not isinstance(row, dict):
        return Rejection(row, f"the row is not an object but a {type(row).__name__}")
    try:
        offer = Offer.model_validate(row)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        return Rejection(row, "; ".join(f"{problem['loc'][0]}: {problem['msg']}" for problem in problems))
    except RecursionError:
        return Rejection(row, "the row is nested too deep")
    parts = _Parts(
        images=[_ASCII.encode(each) for each in offer.images],
        characteristics=[_ASCII.encode(each) for each in offer.characteristics],
        ean=offer.ean,
        stock=offer.stock,
        handling_time=offer.handling_time[0] if offer.handling_time else None,
        validation_status=read_codes([entry.get("value") for entry in offer.validation_status]),
        translation_validation_status=offer.translation_validation_status,
        offer_validation_status=offer.offer_validation_status,
        errors=[entry for entry in offer.validation_status if entry.get("errors")],
        ownership=offer.ownership,
        is_auto_translated=bool(offer.auto_translated),
        family_id=read_bigint(offer.family.get("id")) or None,
        family_name=read_family_name(offer.family.get("name")),
        family_type_id=read_bigint(offer.family.get("family_type_id")),
    )
    notes = _left_out(cast("dict[str, Json]", row), offer)
    return _record(offer, parts, notes, account_type, sync_log_id, seen_at, raw_hash)


def _usual_record(
    offer: UsualOffer, account_type: str, sync_log_id: int, seen_at: datetime, raw_hash: bytes | None
) -> Record:
    codes = offer.validation_status or []
    parts = _Parts(
        images=[_image(each) for each in offer.images or ()],
        characteristics=[_characteristic(each) for each in offer.characteristics or ()],
        ean=[text for text in map(str.strip, offer.ean or ()) if text],
        stock=[each.value for each in offer.stock or ()],
        handling_time=offer.handling_time[0].value if offer.handling_time else None,
        validation_status=[each.value for each in codes],
        translation_validation_status=[each.value for each in offer.translation_validation_status or ()],
        offer_validation_status=[offer.offer_validation_status.value] if offer.offer_validation_status else [],
        errors=[msgspec.structs.asdict(each) for each in codes if each.errors],
        ownership=read_flag(offer.ownership),
        is_auto_translated=bool(read_flag(offer.auto_translated)),
        family_id=(offer.family.id or None) if offer.family else None,
        family_name=offer.family.name if offer.family else None,
        family_type_id=offer.family.family_type_id if offer.family else None,
    )
    return _record(offer, parts, [], account_type, sync_log_id, seen_at, raw_hash)


class _Parts(msgspec.Struct, gc=False):
    """What a record holds of the values that are no plain scalars. Images and characteristics are JSON, in ASCII."""

    images: list[str]
    characteristics: list[str]
    ean: list[str]
    stock: list[int]
    handling_time: int | None
    validation_status: list[int]
    translation_validation_status: list[int]
    offer_validation_status: list[int]
    errors: list[dict[str, Json]]
    ownership: bool | None
    is_auto_translated: bool
    family_id: int | None
    family_name: str | None
    family_type_id: int | None


def _record(
    offer: Offer | UsualOffer,
    parts: _Parts,
    notes: list[str],
    account_type: str,
    sync_log_id: int,
    seen_at: datetime,
    raw_hash: bytes | None,
) -> Record:
    """The record of an offer that was read with these notes."""
    stock = _stock(parts.stock, offer.general_stock, notes)
    if stock < 0:
        notes.append(f"stock {stock} is negative: stored as 0")
    reserved = 0
    if offer.general_stock is not None and offer.estimated_stock is not None:
        reserved = max(0, offer.general_stock - offer.estimated_stock)
    if reserved > MOST_RESERVED:
        notes.append(f"{reserved} reserved pieces cannot be: stored as 0")
        reserved = 0
    if offer.status is None:
        notes.append("no status: stored as inactive")
    status = offer.status or 0
    # Whether customers see the offer: active, priced, and not refused by eMAG.
    hidden_because = why_not_sellable(
        status=status,
        price=offer.sale_price,
        documentation=parts.validation_status,
        offer_validation=parts.offer_validation_status,
        translation=parts.translation_validation_status,
        is_auto_translated=parts.is_auto_translated,
    )
    record = Record(
        brand=offer.brand or offer.brand_name,
        category_id=offer.category_id,
        characteristics=f"[{', '.join(parts.characteristics)}]",
        currency=offer.currency,
        description=offer.description,
        ean=parts.ean,
        emag_id=offer.id,
        estimated_stock=offer.estimated_stock,
        family_id=parts.family_id,
        family_name=parts.family_name,
        family_type_id=parts.family_type_id,
        general_stock=offer.general_stock,
        genius_computed=offer.genius_computed,
        genius_eligibility=offer.genius_eligibility,
        genius_eligibility_type=offer.genius_eligibility_type,
        handling_time=parts.handling_time,
        images=f"[{', '.join(parts.images)}]",
        is_visible=hidden_because is None,
        max_sale_price=offer.max_sale_price,
        min_sale_price=offer.min_sale_price,
        name=offer.name,
        notes=notes,
        offer_validation_status=parts.offer_validation_status[0] if parts.offer_validation_status else None,
        ownership=parts.ownership,
        part_number_key=offer.part_number_key,
        price=offer.sale_price,
        recommended_price=offer.recommended_price,
        reserved_stock=reserved,
        sku=offer.part_number,
        status=status,
        stock_quantity=max(0, stock),
        translation_validation_status=parts.translation_validation_status,
        url=offer.url,
        validation_errors=_TEXT.encode(parts.errors) if parts.errors else None,
        validation_status=parts.validation_status,
        vat_id=offer.vat_id,
        warranty=offer.warranty,
    )
    record.content_hash = _content_hash(record, parts)
    record.account_type, record.sync_log_id, record.seen_at = account_type, sync_log_id, seen_at
    record.raw_hash = raw_hash
    record.buy_button_rank = offer.buy_button_rank
    record.best_offer_sale_price = offer.best_offer_sale_price
    record.best_offer_recommended_price = offer.best_offer_recommended_price
    record.number_of_offers = offer.number_of_offers
    return record


def _image(image: Image) -> str:
    return f'{{"display_type": {image.display_type}, "url": {quoted(image.url)}}}'


def _characteristic(each: Characteristic) -> str:
    tag = "null" if each.tag is None else quoted(each.tag)
    return f'{{"id": {each.id}, "tag": {tag}, "value": {quoted(each.value)}}}'


def _stock(warehouses: Sequence[int], general: int | None, notes: Sequence[str]) -> int:
    """The sum of the warehouses, else the general stock, else 0; an incomplete sum only without a general stock."""
    lacks_some = any(note.startswith("stock ") for note in notes)
    if warehouses and not (lacks_some and general is not None):
        return sum(warehouses)
    return general or 0


def as_object(row: object) -> dict[str, Json]:
    """`row` where it is an object, else an empty one."""
    return cast("dict[str, Json]", row) if isinstance(row, dict) else {}


def _left_out(row: Mapping[str, Json], offer: Offer) -> list[str]:
    """Notes on values of the row that were not kept, one sentence each."""
    notes: dict[str, None] = {}
    for key in NOTED:
        sent, kept = row.get(key), getattr(offer, key)
        if sent is None:
            continue
        if isinstance(kept, list):
            number, entries = len(cast("list[Json]", kept)), _entries(sent)
            if number < len(entries) and number < len([each for each in entries if _says_something(each)]):
                notes[f"{key} {_shown(sent)} is not usable: left out"] = None
        elif kept in (None, {}):
            if _says_something(sent):
                notes[f"{key} {_shown(sent)} is not usable: stored as none"] = None
        elif isinstance(kept, str) and len(kept) < len(str(sent).strip()) and len(kept) in (MAX_TEXT, MAX_LONG_TEXT):
            notes[f"{key} has {len(str(sent))} characters: cut to {len(kept)}"] = None
        if isinstance(sent, str | list | dict) and not isinstance(sent, Unreadable) and not is_clean(sent):
            clean(sent, lambda problem, key=key: notes.setdefault(f"{key}: {problem}"))
    return sorted(notes)


def _entries(sent: Json) -> list[Json]:
    return cast("list[Json]", sent) if isinstance(sent, list) else [sent]


def _says_something(sent: Json) -> bool:
    """Whether dropping a value loses information: empty values, 0 and blank texts equal null."""
    value = value_of(sent)
    blank = value is None or (isinstance(value, str) and not storable(value).strip())
    return not blank and value not in ([], {}) and read_number(value) != 0


def _shown(value: Json) -> str:
    return repr(noted(str(clean(value) if isinstance(value, list | dict) else value)[: 4 * SHOWN], SHOWN))


def _content_hash(content: Record, parts: _Parts) -> bytes:
    """The same for the same content: order of lists and style of numbers do not count.

    `content` is a record of which nothing else is set: what has its default is left out. The hash is stored with each
    offer. What is hashed here stays as it is, to the byte: else a sync takes every offer for changed (a test has the
    hashes of a version before).
    """
    hashed = msgspec.structs.replace(
        content,
        ean=sorted(parts.ean),
        validation_status=sorted(parts.validation_status),
        translation_validation_status=sorted(parts.translation_validation_status),
        images=sorted(parts.images),
        characteristics=sorted(parts.characteristics),
    )
    return hashlib.sha256(as_hashed(hashed)).digest()


def as_hashed(content: object) -> bytes:
    """The content as `_TEXT` writes it, in a third of the time."""
    return msgspec.json.format(_HASHED.encode(content), indent=0)


_TEXT = json.JSONEncoder(default=str, sort_keys=True, ensure_ascii=False)
_ASCII = json.JSONEncoder(default=str, sort_keys=True)
_HASHED = msgspec.json.Encoder(order="deterministic")  # objects by key; a record by its fields
