"""How much of an item is bought, and which account gets how much: pure functions (docs/rules.md, Needs and purchases).

The build computes it in SQL (`planned_purchases.sql`, `reorder_shares.sql`); these functions explain the rules and are
the oracle of its test. Rounding to the supplier's least quantity and packs is `suppliers/costs.py`. Quantities are
pieces.
"""

from collections.abc import Mapping
from fractions import Fraction


def capped(quantity: int, most: int | None, least: int, pack: int) -> int:
    """A purchase in whole packs of no more than `most` pieces; 0 where even the supplier's least quantity is more.

    None: nothing caps it.
    """
    if most is None or quantity <= most:
        return quantity
    whole = most // pack * pack
    return whole if whole >= least else 0


def shares(quantity: int, lacking: Mapping[str, int], daily: Mapping[str, Fraction | None]) -> dict[str, int]:
    """Which account gets how much of a purchase; the sum is the purchase.

    Each gets what it lacks, and of what rounding adds the part that it is expected to sell; of a purchase that is less
    than all lack, the part that it lacks. By largest remainder (Hamilton): of equal remainders the first by name.
    """
    total = sum(lacking.values())
    if quantity < total:
        return _split(quantity, {account: Fraction(pieces) for account, pieces in lacking.items()})
    weights = {account: Fraction(daily[account] or 0) for account in lacking}
    if not any(weights.values()):
        weights = {account: Fraction(pieces) for account, pieces in lacking.items()}
    more = _split(quantity - total, weights)
    return {account: pieces + more[account] for account, pieces in lacking.items()}


def _split(pieces: int, weights: Mapping[str, Fraction]) -> dict[str, int]:
    whole = sum(weights.values())
    exact = {account: pieces * weight / whole for account, weight in weights.items()}
    given = {account: int(part) for account, part in exact.items()}
    by_remainder = sorted(exact, key=lambda account: (given[account] - exact[account], account))
    for account in by_remainder[: pieces - sum(given.values())]:
        given[account] += 1
    return given
