"""The next packs to buy: those that protect most margin for each RON, one after the other. Pure functions.

They fill a supplier's order up to his least value, and choose what a budget buys. Each pack of an item protects less
than the one before, so taking the best next one is the best choice of all that cost no more (Fox 1966, "Discrete
optimization via marginal analysis"). Quantities are pieces, money is RON.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

# A purchase of more packs goes in steps of several, so that a million pieces take no million steps. Of the last one
# only the packs that are wanted are taken: with whole steps, more stock could buy more.
MOST_STEPS = 100


@dataclass(frozen=True)
class Candidate:
    """An item that may be bought, or more of it."""

    sku: str
    taken: int
    """Pieces that are bought already."""
    least: int
    """The supplier's least quantity (MOQ); the first step takes it, in whole packs."""
    pack: int
    most: int
    """Pieces that may be bought at most, those of `taken` included."""
    cost: float
    """Of a piece, landed: more than 0."""
    margin: float
    """That a piece sold earns."""
    stock: int
    """Pieces that are there or on their way."""
    mean: float
    """Pieces that are expected to be wanted until 30 days after an order of today would be there."""
    variance: float
    """Of that number."""

    def protected(self, quantity: int) -> float:
        """Margin that so many pieces are expected to protect."""
        more = expected_short(self.stock, self.mean, self.variance) - expected_short(
            self.stock + quantity, self.mean, self.variance
        )
        return self.margin * more


@dataclass(frozen=True)
class Step:
    """The next packs of an item, and what they protect."""

    candidate: Candidate
    pieces: int
    least: int
    """Pieces that may be taken alone; more go by packs."""
    protected: float

    @property
    def cost(self) -> float:
        """RON, landed."""
        return self.pieces * self.candidate.cost

    def upto(self, packs: int) -> int:
        """Pieces of the step in no more than so many packs; 0 where it cannot be cut so small."""
        pieces = min(self.pieces, packs * self.candidate.pack)
        return pieces if pieces >= self.least else 0


def expected_short(stock: float, mean: float, variance: float) -> float:
    """Pieces that are expected to be wanted beyond a stock, of a demand with that mean and variance.

    The loss integral of a logistic distribution: s · ln(1 + exp((mean - stock) / s)), s = deviation · √3 / π. It is the
    normal loss (Silver, Pyke and Thomas 2017, chapter 6) in closed form, which SQL can compute (`app.expected_short`,
    and `app.demand_cover` written out, because it is inlined). Without any scatter, it is mean - stock, at least 0.
    """
    scale = max(math.sqrt(variance) * math.sqrt(3) / math.pi, 1e-9)
    z = (mean - max(stock, 0)) / scale
    return scale * (max(z, 0) + math.log(1 + math.exp(-min(abs(z), 700))))


def within_budget(candidates: Iterable[Candidate], budget: float) -> dict[str, int]:
    """Pieces of each item that a budget of RON buys; a step that costs more than is left ends the turn of its item."""
    left = budget

    def affords(step: Step) -> int:
        nonlocal left
        each = step.candidate
        pieces = step.pieces if step.cost <= left else step.upto(int(left / (each.cost * each.pack)))
        left -= pieces * each.cost
        return pieces

    return _bought(candidates, affords)


def filled(candidates: Iterable[Candidate], lacking: Decimal, price: Mapping[str, Decimal]) -> dict[str, int] | None:
    """Pieces of each item, those bought already included, so that the order is worth `lacking` RON more.

    Args:
        candidates: What the supplier sells.
        lacking: RON that the order is short of his least value.
        price: RON of a piece by SKU, as his least value counts it.

    Returns:
        None where all that may be bought, and protects something, is not enough.
    """

    def wants(step: Step) -> int:
        nonlocal lacking
        if lacking <= 0 or step.protected <= 0:
            return 0
        each = step.candidate
        pieces = step.upto(max(1, math.ceil(lacking / (price[each.sku] * each.pack)))) or step.least
        lacking -= pieces * price[each.sku]
        return pieces

    bought = _bought(candidates, wants)
    return bought if lacking <= 0 else None


def _bought(candidates: Iterable[Candidate], takes: Callable[[Step], int]) -> dict[str, int]:
    """Offer steps from the one that protects most for each RON to the least, of equal ones the first by SKU.

    `takes` says how many pieces of a step. An item of which none are taken is not offered again.
    """
    bought: dict[str, int] = {}
    heap: list[tuple[float, str, Step]] = []

    def offer(candidate: Candidate) -> None:
        taken = bought[candidate.sku]
        least, pieces = _next_pieces(candidate, taken)
        if pieces:
            protected = candidate.protected(taken + pieces) - candidate.protected(taken)
            step = Step(candidate, pieces, least, protected)
            heapq.heappush(heap, (-protected / step.cost, candidate.sku, step))

    for each in candidates:
        bought[each.sku] = each.taken
        offer(each)
    while heap:
        *_, step = heapq.heappop(heap)
        if pieces := takes(step):
            bought[step.candidate.sku] += pieces
            offer(step.candidate)
    return bought


def _next_pieces(candidate: Candidate, taken: int) -> tuple[int, int]:
    """Least and all pieces of the next step; 0: no more may be bought."""
    pack, packs = candidate.pack, candidate.most // candidate.pack
    first = max(1, -(-candidate.least // pack))
    begun = taken // pack
    if begun < first:
        pieces = first * pack - taken if first <= packs else 0
        return pieces, pieces
    return pack, min(-(-packs // MOST_STEPS), packs - begun) * pack if begun < packs else 0
