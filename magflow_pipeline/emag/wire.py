"""What the marketplace sends, as pydantic models: the envelope, the count, one offer.

Whatever the models do not name stays in the raw page; what an offer means is `sync/records.py`.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Annotated, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from magflow_pipeline.emag.errors import MalformedError
from magflow_pipeline.emag.values import (
    TOO_DEEP,
    AllPieces,
    BigInt,
    Codes,
    Flag,
    Id,
    Int,
    Json,
    Key,
    LongText,
    Money,
    Object,
    Objects,
    OptionalKey,
    Pieces,
    SmallInt,
    Text,
    Texts,
    Unreadable,
    read_list,
    read_literal,
)
from magflow_pipeline.text import printable

MOST_NESTED = 64  # in an answer; its rows begin at 3, and the parser ends at some hundreds
LOOKED_AT, SHOWN = 2000, 80  # bytes and characters of an answer that is not understood
_NESTING = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


class Envelope(BaseModel):
    """The frame of every answer. `results` is a list on reads and an object on counts."""

    model_config = ConfigDict(extra="ignore")

    is_error: bool = Field(alias="isError", strict=True)
    messages: Annotated[list[Json], BeforeValidator(read_list)] = []
    results: Json = None

    def text(self) -> str:
        """The messages as one line."""
        return "; ".join(_message(each) for each in self.messages)


class Count(BaseModel):
    """product_offer/count: all numbers may be strings (emag-api.md: trap 7)."""

    items: int = Field(alias="noOfItems", ge=0)


class Offer(BaseModel):
    """One row of product_offer/read. Only `id` and `part_number` are needed; the rest may be missing or null."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Id
    part_number: Key
    part_number_key: OptionalKey = None
    name: Text = None
    brand: Text = None
    brand_name: Text = None
    category_id: BigInt = None
    description: LongText = None
    url: Text = None
    images: Objects = []
    characteristics: Objects = []
    ean: Texts = []
    sale_price: Money = None
    min_sale_price: Money = None
    max_sale_price: Money = None
    recommended_price: Money = None
    currency: Text = None
    vat_id: BigInt = None
    warranty: Int = None
    stock: AllPieces = []
    general_stock: Pieces = None
    estimated_stock: Pieces = None
    handling_time: Codes = []
    status: SmallInt = None
    ownership: Flag = None
    validation_status: Objects = []
    translation_validation_status: Codes = []
    offer_validation_status: Codes = []
    auto_translated: Flag = None
    family: Object = {}
    genius_eligibility: SmallInt = None
    genius_eligibility_type: SmallInt = None
    genius_computed: SmallInt = None
    buy_button_rank: Int = None
    best_offer_sale_price: Money = None
    best_offer_recommended_price: Money = None
    number_of_offers: Int = None


def parse_envelope(body: bytes) -> Envelope:
    """The frame of an answer.

    Raises:
        MalformedError: not JSON, not an object, or without a boolean `isError`: never an empty success.
    """
    value = parse_json(body)
    try:
        return Envelope.model_validate(value)
    except ValidationError:
        raise MalformedError("the answer has no usable isError") from None


def parse_json(body: bytes) -> Json:
    """JSON, one bad value of which costs that value.

    Numbers that are not whole are Decimal, those that no column holds `Unreadable`. What is no UTF-8 is replaced by
    U+FFFD, what is nested too deep by a text that says so; control characters in texts are taken as they are.

    Raises:
        MalformedError: it is not JSON.
    """
    text = body.decode(json.detect_encoding(body), "replace")
    try:
        try:
            return _loads(text)
        except RecursionError:
            return _loads("".join(_shallow(text)))
    except (ValueError, RecursionError):
        raise MalformedError("the answer is not JSON") from None


def start_of(body: bytes, hide: Callable[[str], str]) -> str:
    """The first words of an answer that is not understood; credentials are hidden before it is cut."""
    return repr(printable(hide(body[:LOOKED_AT].decode("utf-8", "replace")))[:SHOWN])


def _loads(text: str) -> Json:
    return json.loads(text, strict=False, parse_float=read_literal, parse_int=read_literal, parse_constant=Unreadable)


def _shallow(text: str) -> Iterator[str]:
    """The parts of a JSON text, without what is nested deeper than `MOST_NESTED`."""
    depth = kept = 0
    for token in _NESTING.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == MOST_NESTED + 1:
                yield text[kept : token.start()]
                yield json.dumps(TOO_DEEP)
        elif token[0] in "]}":
            if depth == MOST_NESTED + 1:
                kept = token.end()
            depth -= 1
    if depth <= MOST_NESTED:
        yield text[kept:]


def _message(message: Json) -> str:
    if isinstance(message, dict):
        parts = cast("dict[str, Json]", message)
        return str(parts.get("message") or parts.get("text") or parts)
    return str(message)
