"""What the marketplace sends, as pydantic models: the envelope, the count, one offer.

Whatever the models do not name stays in the raw page; what an offer means is `sync/records.py`.
"""

import json
from decimal import Decimal
from typing import Annotated, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from magflow_pipeline.emag.errors import MalformedError
from magflow_pipeline.emag.values import (
    AllPieces,
    BigInt,
    Codes,
    Flag,
    Id,
    Int,
    Json,
    Key,
    Money,
    Object,
    Objects,
    OptionalKey,
    Pieces,
    SmallInt,
    Text,
    Texts,
    read_list,
)


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
    """product_offer/count: all numbers may be strings (emag_api.md trap 7)."""

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
    description: Text = None
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
        raise MalformedError(f"the answer has no usable isError; it starts: {_start(body)}") from None


def parse_json(body: bytes) -> Json:
    """JSON, with numbers that are not whole as Decimal.

    Raises:
        MalformedError: it is not JSON.
    """
    try:
        return json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise MalformedError(f"the answer is not JSON; it starts: {_start(body)}") from None


def _start(body: bytes) -> str:
    return repr(" ".join(body[:200].decode("utf-8", "replace").split())[:80])


def _message(message: Json) -> str:
    if isinstance(message, dict):
        parts = cast("dict[str, Json]", message)
        return str(parts.get("message") or parts.get("text") or parts)
    return str(message)
