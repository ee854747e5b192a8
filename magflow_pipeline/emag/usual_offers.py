"""Rows of the shapes that eMAG usually sends, read in one typed pass (docs/emag-api.md: Values).

A row is usual where the tolerant reader (`offers.py`) takes every value as it was sent, but for blanks around texts and
places after a price's point, and has nothing to tell. `read_usual` says None of any other row, so that it need not know
what such a row means. A test holds the two readers against each other.
"""

from decimal import Decimal, DecimalException
from itertools import chain
from typing import Annotated

import msgspec
from msgspec import Meta

from magflow_pipeline.emag.values import (
    MAX_BIGINT,
    MAX_INT,
    MAX_KEY,
    MAX_LONG_TEXT,
    MAX_MONEY,
    MAX_PIECES,
    MAX_SMALLINT,
    MAX_TEXT,
    TOO_DEEP,
    Json,
    is_clean,
    read_literal,
)

Text = Annotated[str, Meta(max_length=MAX_TEXT)] | None
Key = Annotated[str, Meta(max_length=MAX_KEY)]
SmallInt = Annotated[int, Meta(ge=-MAX_SMALLINT, le=MAX_SMALLINT)]
Int = Annotated[int, Meta(ge=-MAX_INT, le=MAX_INT)]
BigInt = Annotated[int, Meta(ge=-MAX_BIGINT, le=MAX_BIGINT)]
Pieces = Annotated[int, Meta(ge=-MAX_PIECES, le=MAX_PIECES)]
Flag = bool | SmallInt | None
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 20  # more digits than a bigint has


class _Exact(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An object of these keys only: what else there was would have to be looked at.

    The garbage collector need not look through it: what comes out of JSON holds no cycle.
    """


class Image(_Exact):
    """A picture."""

    url: str
    display_type: BigInt


class Characteristic(_Exact):
    """A characteristic; its id may repeat."""

    id: BigInt
    tag: str | None
    value: str


class Family(_Exact):
    """A family of variants."""

    id: BigInt
    name: Text = None
    family_type_id: BigInt | None = None


class InWarehouse(_Exact):
    """Pieces in a warehouse."""

    value: Pieces
    warehouse_id: BigInt | None = None


class Days(_Exact):
    """Days until a warehouse hands over."""

    value: SmallInt
    warehouse_id: BigInt | None = None


class Code(_Exact):
    """A code of validation, with eMAG's errors in whatever form."""

    value: SmallInt
    description: str | None
    errors: Json


class UsualOffer(msgspec.Struct, gc=False):
    """A row with the keys of `Offer`. What it lacks is null."""

    id: Annotated[int, Meta(ge=1, le=MAX_BIGINT)]
    part_number: Key
    part_number_key: Key | None = None
    name: Text = None
    brand: Text = None
    brand_name: Text = None
    category_id: BigInt | None = None
    description: Annotated[str, Meta(max_length=MAX_LONG_TEXT)] | None = None
    url: Text = None
    images: list[Image] | None = None
    characteristics: list[Characteristic] | None = None
    ean: list[str] | None = None
    sale_price: Decimal | None = None
    min_sale_price: Decimal | None = None
    max_sale_price: Decimal | None = None
    recommended_price: Decimal | None = None
    currency: Text = None
    vat_id: BigInt | None = None
    warranty: Int | None = None
    stock: list[InWarehouse] | None = None
    general_stock: Pieces | None = None
    estimated_stock: Pieces | None = None
    handling_time: list[Days] | None = None
    status: SmallInt | None = None
    ownership: Flag = None
    validation_status: list[Code] | None = None
    translation_validation_status: list[Code] | None = None
    offer_validation_status: Code | None = None
    auto_translated: Flag = None
    family: Family | None = None
    genius_eligibility: SmallInt | None = None
    genius_eligibility_type: SmallInt | None = None
    genius_computed: SmallInt | None = None
    buy_button_rank: Int | None = None
    best_offer_sale_price: Decimal | None = None
    best_offer_recommended_price: Decimal | None = None
    number_of_offers: Int | None = None


class _NotUsualError(Exception):
    """A value of the right type of which the tolerant reader may have something to tell."""


_ROW = msgspec.json.Decoder(UsualOffer, float_hook=read_literal)


def read_usual(row: bytes) -> UsualOffer | None:
    """The row, its texts without blanks around them and its prices with four places; None where it is not usual."""
    if _LONG_NUMBER in row.translate(_DIGITS):
        return None
    try:
        offer = _ROW.decode(row)
        offer.sale_price = _money(offer.sale_price)
        offer.min_sale_price = _money(offer.min_sale_price)
        offer.max_sale_price = _money(offer.max_sale_price)
        offer.recommended_price = _money(offer.recommended_price)
        offer.best_offer_sale_price = _money(offer.best_offer_sale_price)
        offer.best_offer_recommended_price = _money(offer.best_offer_recommended_price)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, DecimalException, _NotUsualError):
        return None
    if not _is_clean(offer):
        return None
    offer.part_number = offer.part_number.strip()
    offer.part_number_key = _stripped(offer.part_number_key)
    offer.name = _stripped(offer.name)
    offer.brand = _stripped(offer.brand)
    offer.brand_name = _stripped(offer.brand_name)
    offer.description = _stripped(offer.description)
    offer.url = _stripped(offer.url)
    offer.currency = _stripped(offer.currency)
    if offer.family:
        offer.family.name = _stripped(offer.family.name)
    return offer if offer.part_number else None


def _stripped(text: str | None) -> str | None:
    return (text.strip() or None) if text else None


def _money(sent: Decimal | None) -> Decimal | None:
    if not sent:  # 0 is no price
        return None
    if 0 < sent < MAX_MONEY:
        rounded = round(sent, 4)
        if 0 < rounded < MAX_MONEY:
            return rounded
    raise _NotUsualError


def _is_clean(offer: UsualOffer) -> bool:
    """Whether every text can be stored as it is, and every error of eMAG's; lone surrogates are refused before."""
    texts = [offer.part_number, offer.part_number_key, offer.name, offer.brand, offer.brand_name]
    texts += (offer.description, offer.url, offer.currency, offer.family and offer.family.name)
    texts += offer.ean or ()
    texts += [each.url for each in offer.images or ()]
    for each in offer.characteristics or ():
        texts += (each.tag, each.value)
    errors: list[Json] = []
    for code in chain(offer.validation_status or (), offer.translation_validation_status or ()):
        texts.append(code.description)
        errors.append(code.errors)
    if offer.offer_validation_status:
        texts.append(offer.offer_validation_status.description)
        errors.append(offer.offer_validation_status.errors)
    text = "\n".join(filter(None, texts))
    return (
        "\x00" not in text
        and "\N{REPLACEMENT CHARACTER}" not in text
        and TOO_DEEP not in text
        and (not any(errors) or is_clean([[errors]]))  # as deep as they lie in the row
    )
