"""Suppliers, their price sheets and their matches for the demo: plain data, no database.

Belongs here: what the buyer of the made-up shop knows of suppliers. Not here: the rule that says
which sheet is verified, and the tables.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal

from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.goods import HEROES

DEMO_SUPPLIERS = (
    "KEMEISING",
    "WANKE",
    "XINRUI",
    "PAREK",
    "TZT",
    "TZT-T",
    "深圳市科美星 KMX",
    "义乌市万科 YWK",
    "广州市新锐 GXR",
    "HAOYUE",
    "LINGDA",
    "BOSUN-E",
)
CONFIRMERS = ("ana.popescu", "mihai.ionescu")
RON_PER_CNY = 0.63
"""Only to make purchase prices that fit the sale prices; the pipeline has its own rates."""


@dataclass(frozen=True)
class DemoSheet:
    """One supplier's price for one SKU; at most one per SKU and supplier."""

    sku: str
    supplier_name: str
    price_cny: Decimal
    supplier_url: str


@dataclass(frozen=True)
class DemoMatch:
    """A supplier tied to a SKU, confirmed by a person or still to be confirmed."""

    sku: str
    supplier_name: str
    url: str
    confirmed: bool
    confirmed_by: str | None


@dataclass(frozen=True)
class DemoSuppliers:
    """The demo's suppliers, sheets and matches."""

    suppliers: tuple[str, ...]
    sheets: tuple[DemoSheet, ...]
    matches: tuple[DemoMatch, ...]


HERO_SUPPLIERS: dict[str, tuple[tuple[str, bool | None], ...]] = {
    "AUR516": (("KEMEISING", True), ("WANKE", False)),
    "BMX136": (("XINRUI", True), ("PAREK", True), ("KEMEISING", True)),
    "EMG469": (("TZT", True), ("TZT-T", None)),
}
"""SKU to suppliers, with a confirmed match (True), an unconfirmed one (False) or none."""


def demo_suppliers(catalogue: Catalogue, seed: int = 42) -> DemoSuppliers:
    """Make suppliers for a catalogue, equal for equal arguments.

    About 60 % of the SKUs have one to three sheets, and about half of those a confirmed match.
    """
    rng = random.Random(seed)
    sheets: list[DemoSheet] = []
    matches: list[DemoMatch] = []
    urls: set[str] = set()
    for sku, price_ron in sorted(_prices(catalogue).items()):
        for supplier, confirmed in HERO_SUPPLIERS.get(sku) or _pick(rng):
            sheet = DemoSheet(sku, supplier, _price_cny(rng, price_ron), _url(rng, urls))
            sheets.append(sheet)
            if confirmed is not None:
                by = rng.choice(CONFIRMERS) if confirmed else None
                matches.append(DemoMatch(sku, supplier, sheet.supplier_url, confirmed, by))
    return DemoSuppliers(suppliers=DEMO_SUPPLIERS, sheets=tuple(sheets), matches=tuple(matches))


def _prices(catalogue: Catalogue) -> dict[str, float]:
    """SKU to sale price over all accounts, always with the SKUs of the walk-through."""
    prices = {hero.sku: hero.price_ron for hero in HEROES}
    for offers in catalogue.accounts.values():
        prices |= {offer["part_number"]: float(offer["sale_price"]) for offer in offers}
    return prices


def _pick(rng: random.Random) -> list[tuple[str, bool | None]]:
    if rng.random() >= 0.6:
        return []
    names = rng.sample(DEMO_SUPPLIERS, rng.choice((1, 1, 2, 3)))
    first: bool | None = True if rng.random() < 0.5 else rng.choice((False, None))
    return [(names[0], first), *((name, None) for name in names[1:])]


def _price_cny(rng: random.Random, price_ron: float) -> Decimal:
    cost = price_ron * rng.uniform(0.2, 0.42) / RON_PER_CNY
    return Decimal(str(round(min(max(cost, 1), 150), 2)))


def _url(rng: random.Random, used: set[str]) -> str:
    """A page of its own for every sheet: equal URLs would mean the same supplier."""
    while True:
        url = f"https://detail.1688.com/offer/{rng.randint(600_000_000_000, 799_999_999_999)}.html"
        if url not in used:
            used.add(url)
            return url
