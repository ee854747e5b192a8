"""How a stored row is written in an answer: prices, warehouses and keys by the account's switches.

Belongs here: changes of a row's form, not of its meaning. Not here: which rows there are
(market.py) and the rows of the made-up seller (wire.py).
"""

from __future__ import annotations

import re
import zlib
from decimal import Decimal
from typing import Any, Literal, cast

from magflow_pipeline.simulator.switches import Switches

PRICES = ("sale_price", "min_sale_price", "max_sale_price", "recommended_price")
BY_WAREHOUSE = ("stock", "handling_time", "availability")

NEWER_KEYS: dict[str, Any] = {
    "currency_type": None,
    "start_date_other_currency": [],
    "offer_price_other_currency": None,
    "genius_eligibility_type": 1,
    "genius_computed": 0,
    "has_smart_deals_badge": False,
    "manufacturer": True,
    "eu_representative": False,
    "safety_information": None,
}
"""The keys that the recording of 2024 lacks, with their empty or usual values."""

PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def written(row: Any, switches: Switches) -> Any:
    """A row in the form of the switches; values they cannot apply to stay as stored."""
    if not isinstance(row, dict):
        return row
    offer = cast("dict[str, Any]", row).copy()
    if switches.price_style != "stored":
        for key in PRICES:
            if key in offer:
                offer[key] = _price(offer[key], switches.price_style, f"{key} of {offer.get('id')}")
    if switches.warehouse_id == "missing" and offer.get("general_stock") is not None:
        offer.pop("stock", None)
    if switches.warehouse_id in {"on", "off"}:
        for key in BY_WAREHOUSE:
            if isinstance(offer.get(key), list):
                offer[key] = _by_warehouse(offer[key], numbered=switches.warehouse_id == "on")
    return _of_vintage(offer, switches.key_vintage)


def _of_vintage(offer: dict[str, Any], vintage: Literal["stored", "2024", "2026"]) -> dict[str, Any]:
    if vintage == "2024":
        return {key: value for key, value in offer.items() if key not in NEWER_KEYS}
    if vintage == "2026":
        return offer | {key: value for key, value in NEWER_KEYS.items() if key not in offer}
    return offer


def _price(value: Any, style: Literal["string4", "number", "mixed"], place: str) -> Any:
    if not PLAIN_NUMBER.fullmatch(str(value)):
        return value
    exact = Decimal(str(value))
    if style == "mixed":
        style = "string4" if zlib.crc32(place.encode("utf-8", "replace")) % 2 else "number"
    if style == "string4":
        rewritten = f"{exact:.4f}"
    else:
        # A whole number loses its point, as PHP writes it.
        rewritten = int(exact) if exact == exact.to_integral_value() else float(exact)
    return rewritten if Decimal(str(rewritten)) == exact else value


def _by_warehouse(entries: list[Any], numbered: bool) -> list[Any]:
    """The entries numbered by their warehouse, else by their place in the list; or all without a number."""
    changed: list[Any] = []
    for place, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            changed.append(entry)
            continue
        told = cast("dict[str, Any]", entry)
        bare = {key: value for key, value in told.items() if key != "warehouse_id"}
        changed.append({"warehouse_id": told.get("warehouse_id", place)} | bare if numbered else bare)
    return changed
