"""The seller's offers (docs/emag-api.md): the resource `product_offer`, and one of its rows as a pydantic model.

Keys that the model lacks stay in the raw page. Not here: what an offer means (`catalogue/records.py`).
"""

import operator

from pydantic import BaseModel, ConfigDict

from magflow_pipeline.emag.limits import OTHERS
from magflow_pipeline.emag.resources import Filter, Resource
from magflow_pipeline.emag.values import (
    AllPieces,
    BigInt,
    Codes,
    Flag,
    Id,
    Int,
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
    read_id,
    read_number,
    read_text,
)

OFFERS = Resource(
    "product_offer",
    "offer",
    OTHERS,
    {
        "id": Filter(read_id),
        "part_number": Filter(read_text),
        "status": Filter(read_number),
        "general_stock": Filter(read_number, fits=operator.le),  # an upper bound (emag-api.md: Filters)
    },
)


class Offer(BaseModel):
    """One row of product_offer/read. Only `id` and `part_number` are required; the rest may be missing or null."""

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
