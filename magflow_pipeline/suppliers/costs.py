"""What a supplier's article costs in the warehouse, when it arrives, and which supplier is chosen: pure functions.

The tables are computed in SQL (`sql/suppliers/supplier_offers.sql`, `sql/views/supplier_costs.sql` and
`supplier_closures.sql`). These functions explain the rules and are the oracle of their tests. Money is in RON unless a
currency stands beside it; a rate is RON for one unit of a currency.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from statistics import mean, stdev

LEAD_TIME_DAYS = 45  # app.lead_time_days()
LEAD_TIME_SPREAD_DAYS = 10  # app.lead_time_spread_days()
LEAST_RECEIPTS = 3  # from which a lead time is learned
MOST = 10**10  # RON, not reached: app.sound_cost


@dataclass(frozen=True)
class Terms:
    """A row of supplier_terms: of one SKU, or of all his articles; None: not told."""

    currency: str | None = None
    lead_time_days: Decimal | None = None
    lead_time_spread_days: Decimal | None = None
    minimum_order_quantity: int | None = None
    pack_size: int | None = None
    freight_per_kg: Decimal | None = None
    freight_per_m3: Decimal | None = None
    freight_per_order: Decimal | None = None


@dataclass(frozen=True)
class Price:
    """What a piece costs from a quantity on."""

    minimum_quantity: int
    unit_price: Decimal
    currency: str


@dataclass(frozen=True)
class Product:
    """What freight and customs need to know of a product; None: not told."""

    weight_kg: Decimal | None = None
    volume_m3: Decimal | None = None
    duty_rate: Decimal | None = None


@dataclass(frozen=True)
class Landed:
    """The landed cost of a piece, or the codes of what is missing for it."""

    cost: Decimal | None
    problem: tuple[str, ...] = ()


@dataclass(frozen=True)
class Offer:
    """What the choice between suppliers goes by."""

    supplier_name: str
    shipping: str
    is_preferred: bool
    is_verified: bool
    landed: Decimal | None


def rounded_quantity(raw: int, moq: int | None, pack: int | None) -> int:
    """Pieces to order for a need: raised to the least quantity, then up to whole packs; none for none.

    >>> rounded_quantity(13, 50, 12), rounded_quantity(0, 50, 12)
    (60, 0)
    """
    return -(-max(raw, moq or 1) // (pack or 1)) * (pack or 1) if raw > 0 else 0


def price_at(prices: Iterable[Price], quantity: int) -> Price | None:
    """The price of the largest quantity that is reached; below the least there is none."""
    return max(
        (price for price in prices if price.minimum_quantity <= quantity),
        key=lambda price: price.minimum_quantity,
        default=None,
    )


def planning_quantity(expected_daily_demand: Decimal, prices: Sequence[Price], of_sku: Terms, of_all: Terms) -> int:
    """Pieces that offers are compared at: what all accounts are expected to sell in 30 days, at least 1, rounded up.

    A supplier sells no fewer than the least quantity that he told a price of.
    """
    terms, least = _merged(of_sku, of_all), min((price.minimum_quantity for price in prices), default=1)
    needed = max(1, ceil(expected_daily_demand * 30))
    return rounded_quantity(needed, max(terms.minimum_order_quantity or 1, least), terms.pack_size)


def landed(
    price: Price | None,
    of_sku: Terms,
    of_all: Terms,
    product: Product,
    rates: Mapping[str, Decimal],
    quantity: int,
) -> Landed:
    """(price + freight) x (1 + duty) of a piece, when `quantity` are ordered.

    What nobody told is left out: freight, duty. What was told and cannot be computed is a problem, never a 0 or a rate
    of 1. An amount of freight is in the currency of the terms that name it; without one, in CNY.
    """
    problem: list[str] = []
    if price is None:
        problem.append("no_price")
    elif price.currency not in rates:
        problem.append(f"no_rate {price.currency}")
    per_piece, per_order, missing = _freight(of_sku, of_all, product, rates)
    problem += missing
    if problem or price is None:
        return Landed(None, tuple(problem))
    freight = Fraction(per_piece) + Fraction(per_order) / quantity
    whole = Fraction(price.unit_price) * Fraction(rates[price.currency]) + freight
    cost = rounded(whole * (1 + Fraction(product.duty_rate or 0)), 4)
    return Landed(cost) if max(cost, per_piece, per_order) < MOST else Landed(None, ("cost_too_large",))


def lead_time(
    days_of_sku: Sequence[int], days_of_supplier: Sequence[int], of_sku: Terms, of_all: Terms
) -> tuple[Decimal, Decimal, str]:
    """Days until the pieces of an order can be sold, their standard deviation, and where both are from.

    Args:
        days_of_sku: Open days of each of his deliveries of the SKU by this way of shipping.
        days_of_supplier: Of each of his deliveries by it, of whatever SKUs.
        of_sku: His terms of the SKU.
        of_all: His terms of all articles.
    """
    for days in (days_of_sku, days_of_supplier):
        if len(days) >= LEAST_RECEIPTS:
            return rounded(Fraction(mean(map(Fraction, days))), 2), round(Decimal(stdev(days)), 2), "receipts"
    terms = _merged(of_sku, of_all)
    told, spread = terms.lead_time_days, terms.lead_time_spread_days
    if told is None:
        return Decimal(LEAD_TIME_DAYS), Decimal(LEAD_TIME_SPREAD_DAYS), "default"
    if spread is None:
        spread = rounded(Fraction(told) * LEAD_TIME_SPREAD_DAYS / LEAD_TIME_DAYS, 2)
    return told, spread, "terms"


def ranked(offers: Collection[Offer]) -> list[tuple[Offer, str]]:
    """The offers of a SKU, the chosen one first, each with the rule that put it there.

    A complete cost goes first, then preferred, verified, the landed cost, the name. The rule is the first of these in
    which the offer differs from another complete one that it is chosen before.
    """
    complete = [offer for offer in offers if offer.landed is not None]

    def rule(offer: Offer) -> str:
        if offer.landed is None:
            return "cost incomplete"
        if len(complete) == 1:
            return "only one"
        if offer.is_preferred and not all(other.is_preferred for other in complete):
            return "preferred"
        rivals = [other for other in complete if other.is_preferred == offer.is_preferred]
        return "verified" if offer.is_verified and not all(other.is_verified for other in rivals) else "cheapest"

    return [(offer, rule(offer)) for offer in sorted(offers, key=_place)]


def open_days(ordered: date, received: date, closed: Collection[tuple[date, date]]) -> int:
    """Days after `ordered`, up to and with `received`, on which a supplier is not closed (first and last days)."""
    days = (ordered + timedelta(days=n) for n in range(1, (received - ordered).days + 1))
    return sum(not _is_closed(day, closed) for day in days)


def arrives_on(ordered: date, lead_days: Decimal, closed: Collection[tuple[date, date]]) -> date:
    """The day on which the pieces of an order can be sold: a lead time stands still on closed days."""
    day, left = ordered, ceil(lead_days)
    while left:
        day += timedelta(days=1)
        left -= not _is_closed(day, closed)
    return day


def closed_days(ordered: date, lead_days: Decimal, closed: Collection[tuple[date, date]]) -> int:
    """Closed days by which an order arrives later."""
    return (arrives_on(ordered, lead_days, closed) - ordered).days - ceil(lead_days)


def order_by(arrival_needed: date, lead_days: Decimal, closed: Collection[tuple[date, date]]) -> date:
    """The last day on which an order arrives by `arrival_needed`."""
    day = arrival_needed
    while arrives_on(day, lead_days, closed) > arrival_needed:
        day -= timedelta(days=1)
    return day


def rounded(value: Fraction, places: int) -> Decimal:
    """Halves up, as in PostgreSQL; no value is negative."""
    return Decimal(int(value * 10**places + Fraction(1, 2))).scaleb(-places)


def _merged(of_sku: Terms, of_all: Terms) -> Terms:
    """What is told of the SKU, and else of all articles."""
    told = {name: value for name, value in asdict(of_sku).items() if value is not None}
    return replace(of_all, **told)


def _freight(
    of_sku: Terms, of_all: Terms, product: Product, rates: Mapping[str, Decimal]
) -> tuple[Decimal, Decimal, list[str]]:
    """RON of a piece by weight and volume, RON of an order, and codes of what is missing for an amount above 0."""
    missing: set[str] = set()

    def ron(amount_of_sku: Decimal | None, amount_of_all: Decimal | None, of: Decimal | None, unknown: str) -> Fraction:
        terms, amount = (of_all, amount_of_all) if amount_of_sku is None else (of_sku, amount_of_sku)
        rate = rates.get(terms.currency or "CNY")
        if not amount:
            return Fraction(0)
        missing.update([*["no_freight_rate"] * (rate is None), *[unknown] * (of is None)])
        return Fraction(amount) * Fraction(rate or 0) * Fraction(of or 0)

    by_weight = ron(of_sku.freight_per_kg, of_all.freight_per_kg, product.weight_kg, "no_weight")
    by_volume = ron(of_sku.freight_per_m3, of_all.freight_per_m3, product.volume_m3, "no_volume")
    per_order = ron(of_sku.freight_per_order, of_all.freight_per_order, Decimal(1), "")
    codes = [code for code in ("no_freight_rate", "no_weight", "no_volume") if code in missing]
    return rounded(by_weight + by_volume, 6), rounded(per_order, 6), codes


def _is_closed(day: date, closed: Collection[tuple[date, date]]) -> bool:
    return any(first <= day <= last for first, last in closed)


def _place(offer: Offer) -> tuple[bool, bool, bool, Decimal, bytes, str]:
    return (
        offer.landed is None,
        not offer.is_preferred,
        not offer.is_verified,
        offer.landed or Decimal(0),
        offer.supplier_name.encode(),
        offer.shipping,
    )
