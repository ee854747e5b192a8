"""What competitors do around an offer: which of them has the buy button, and how that changes as time passes.

Belongs here: the four values that eMAG tells of the others. Not here: own price and stock (wire.py, shelves.py).
"""

from __future__ import annotations

import zlib
from typing import Any, cast

STEP_SECONDS = 8 * 3600
"""Competitors look at their prices so often."""

MOST_STEPS = 30
"""Of a clock that jumps further, only the newest steps are made."""

ONE_OF = 60
"""One offer of so many changes hands at each step, and another one gets a competitor more."""


def plausible(row: dict[str, Any]) -> dict[str, Any]:
    """The row as eMAG could tell it: nobody is fifth of three, and most of those who lead ask the least.

    Some minima are high or above the price, and of a few offers nothing is told, as in a real account.
    """
    price, number = _price(row), int(row["id"])
    if price is None:
        return row
    rank, offers, best = row.get("buy_button_rank"), row["number_of_offers"], row["best_offer_sale_price"]
    changed: dict[str, Any] = {}
    if isinstance(rank, int):
        changed["number_of_offers"] = max(offers, rank)
        if rank == 1 and number % 7:
            changed["best_offer_sale_price"] = price
        elif rank > 1 and best >= price and number % 3:
            changed["best_offer_sale_price"] = round(price * 0.96, 2)
    if number % 9 == 0:
        changed["min_sale_price"] = _like(row["min_sale_price"], price * 0.98)
    if number % 97 == 0:
        changed["min_sale_price"] = _like(row["min_sale_price"], price * 1.02)
    if number % 211 == 0:
        changed |= dict.fromkeys(("buy_button_rank", "best_offer_sale_price", "number_of_offers"))
        changed["best_offer_recommended_price"] = None
    return row | changed


def compete(row: Any, step: int) -> Any:
    """The row after a step of time; equal arguments give an equal row, most rows stay as they are."""
    offer = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
    rank, offers, price = offer.get("buy_button_rank"), offer.get("number_of_offers"), _price(offer)
    if not isinstance(rank, int) or not isinstance(offers, int) or price is None:
        return cast("object", row)
    draw = zlib.crc32(f"{offer.get('id')} {step}".encode()) % ONE_OF
    if draw == 0 and rank == 1:
        return offer | {
            "buy_button_rank": 2,
            "number_of_offers": max(offers, 2),
            "best_offer_sale_price": round(price * 0.96, 2),
        }
    if draw == 0:
        return offer | {"buy_button_rank": 1, "best_offer_sale_price": price}
    return offer | {"number_of_offers": offers + 1} if draw == 1 else offer


def _price(row: dict[str, Any]) -> float | None:
    try:
        price = float(row["sale_price"])
    except (KeyError, TypeError, ValueError):
        return None
    return price if price > 0 else None


def _like(written: object, price: float) -> str | float:
    """Written as another price of the row is: a text with four places, or a number."""
    return f"{price:.4f}" if isinstance(written, str) else round(price, 2)
