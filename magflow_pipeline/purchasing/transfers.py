"""Pieces to move between accounts before anything is bought, and transfers that people note.

The build computes proposals in SQL (`sql/purchasing/planned_transfers.sql`); `propose` explains the rule and is the oracle
of its test. Quantities are pieces, days those of Bucharest.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """What an account can spare of an item, or lacks."""

    account: str
    kind: str
    """main: ships itself; fbe: fulfilled by eMAG."""
    spare: int
    """Pieces above its own reorder point until its next arrival."""
    lacking: int
    """Pieces that it lacks and may get from another account."""
    most: int | None
    """Pieces more that its demand needs no longer than the cover that is allowed; None: not known."""


@dataclass(frozen=True)
class Transfer:
    """A proposal: whole cartons, and of these the pieces that are lacking."""

    from_account: str
    to_account: str
    quantity: int
    raw_quantity: int


def spare(available: int, reorder_point: int, daily: float | None, days_to_arrival: float | None) -> int:
    """Pieces that can leave, so that the stock is not below the reorder point before the next arrival.

    Args:
        available: Pieces that can be promised, less those that have left already.
        reorder_point: Of the account that sends.
        daily: Pieces that it is expected to sell a day; None: not known.
        days_to_arrival: Until its next arrival, no more than its lead time; None: none is dated, and it orders when it
            is at its reorder point.
    """
    return available - reorder_point - -int(-((daily or 0) * (days_to_arrival or 0)) // 1)


def propose(places: Iterable[Place], carton: int, *, back_from_fbe: bool = False) -> list[Transfer]:
    """Whole cartons from accounts that can spare them to those that lack them.

    Both in the order given: who lacks most urgently comes first. Needs are rounded up to cartons, but down where a
    carton more would last longer than is allowed.
    """
    places = list(places)
    found: list[Transfer] = []
    for receiver_kind, sender_kind in (("fbe", "main"), ("main", "fbe")):
        if receiver_kind == "main" and not back_from_fbe:
            continue
        left = {place.account: place.spare // carton for place in places if place.kind == sender_kind}
        for receiver in places:
            if receiver.kind != receiver_kind or receiver.lacking <= 0:
                continue
            cartons = -(-receiver.lacking // carton)
            if receiver.most is not None:
                cartons = max(receiver.lacking // carton, min(cartons, max(receiver.most, 0) // carton))
            lacking = receiver.lacking
            for sender, there in left.items():
                moved = min(cartons, there)
                if moved > 0:
                    quantity = moved * carton
                    found.append(Transfer(sender, receiver.account, quantity, min(quantity, lacking)))
                    left[sender] -= moved
                    cartons -= moved
                    lacking -= quantity
    return found
