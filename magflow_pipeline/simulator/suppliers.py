"""Suppliers, their price sheets, matches and terms for the demo: plain data, no database.

Belongs here: what the buyer of the made-up shop knows of suppliers. Not here: the rule that says
which sheet is verified, and the tables.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
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
class DemoTerms:
    """On which terms a supplier delivers all his articles by one way of shipping; None: he has not told."""

    supplier_name: str
    shipping: str
    currency: str
    lead_time_days: int
    lead_time_spread_days: int | None
    minimum_order_quantity: int
    pack_size: int
    minimum_order_value: int | None
    freight_per_kg: Decimal | None
    freight_per_m3: Decimal | None
    freight_per_order: Decimal | None


@dataclass(frozen=True)
class DemoBreak:
    """What one supplier asks for a piece of a SKU from a quantity on."""

    supplier_name: str
    sku: str
    minimum_quantity: int
    unit_price: Decimal
    currency: str


@dataclass(frozen=True)
class DemoProduct:
    """Weight, volume and customs duty of a SKU; None: not known."""

    sku: str
    weight_kg: Decimal | None
    volume_m3: Decimal | None
    duty_rate: Decimal | None
    carton_size: int


@dataclass(frozen=True)
class DemoSuppliers:
    """The demo's suppliers, sheets and matches, and what their articles cost beside the price."""

    suppliers: tuple[str, ...]
    sheets: tuple[DemoSheet, ...]
    matches: tuple[DemoMatch, ...]
    terms: tuple[DemoTerms, ...]
    breaks: tuple[DemoBreak, ...]
    products: tuple[DemoProduct, ...]


TERMS = (
    DemoTerms("KEMEISING", "sea", "USD", 48, 8, 50, 10, 500, None, Decimal(160), None),
    DemoTerms("KEMEISING", "air", "USD", 12, 3, 10, 10, 200, Decimal("7.5"), None, None),
    DemoTerms("WANKE", "usual", "CNY", 40, 10, 20, 5, None, Decimal(9), None, None),
    DemoTerms("XINRUI", "usual", "CNY", 35, None, 10, 1, None, Decimal(11), None, Decimal(200)),
    DemoTerms("TZT", "usual", "EUR", 14, 3, 5, 1, None, None, None, Decimal(25)),
    DemoTerms("PAREK", "usual", "RON", 3, 1, 1, 1, 250, None, None, Decimal(20)),
)
"""Of half of the suppliers nobody knows the terms, as in a real shop."""
CLOSED_SUPPLIERS = ("KEMEISING", "WANKE", "XINRUI")
NEW_YEARS = (date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26), date(2029, 2, 13), date(2030, 2, 3))
CLOSURES = tuple((day - timedelta(days=6), day + timedelta(days=14), "Chinese New Year") for day in NEW_YEARS)
"""First and last day, and the name."""
RECEIPTS = tuple(
    ("XINRUI", "BMX136", ordered, ordered + timedelta(days=days))
    for ordered, days in (
        (date(2026, 3, 9), 31),
        (date(2026, 5, 18), 38),
        (date(2026, 8, 3), 34),
        (date(2026, 9, 7), 41),
    )
)
"""Supplier, SKU, and the days of order and receipt: lead times are learned from three or more."""
RON_PER_EUR = Decimal("5.09")
COMMISSIONS = (("54", Decimal("0.15")), ("2192", Decimal("0.20")), ("1514", Decimal("0.25")))
"""Category, and the part of a price that eMAG keeps. Of the other categories the seller has not entered it yet."""
FULFILMENT_FEES = (("main", None), ("fbe", Decimal("6.50")))
"""Account, and RON of each piece."""


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
    return DemoSuppliers(
        suppliers=DEMO_SUPPLIERS,
        sheets=tuple(sheets),
        matches=tuple(matches),
        terms=TERMS,
        breaks=tuple(each for sheet in sheets for each in _breaks(sheet)),
        products=tuple(_product(rng, sku) for sku in sorted({sheet.sku for sheet in sheets})),
    )


def _breaks(sheet: DemoSheet) -> list[DemoBreak]:
    """WANKE gives 8 % off from 100 pieces on; TZT's list is old, and his prices are in EUR."""
    if sheet.supplier_name == "WANKE":
        price = round(sheet.price_cny * Decimal("0.92"), 2)
        return [DemoBreak(sheet.supplier_name, sheet.sku, 100, price, "CNY")]
    if sheet.supplier_name == "TZT":
        price = round(sheet.price_cny * Decimal(str(RON_PER_CNY)) / RON_PER_EUR, 2)
        return [DemoBreak(sheet.supplier_name, sheet.sku, 1, max(price, Decimal("0.05")), "EUR")]
    return []


def _product(rng: random.Random, sku: str) -> DemoProduct:
    """One in twenty has not been weighed."""
    weight = Decimal(str(round(rng.uniform(0.02, 1.2), 3)))
    volume = Decimal(str(round(rng.uniform(0.0001, 0.004), 6)))
    duty = Decimal(rng.choice(("0", "0.027", "0.037", "0.047")))
    known = rng.random() >= 0.05
    return DemoProduct(sku, weight if known else None, volume if known else None, duty, rng.choice((1, 6, 10, 20)))


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
