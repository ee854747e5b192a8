"""The stock of the simulated seller, day by day: it falls by what is sold, and deliveries raise it.

Belongs here: when deliveries come and when an offer is out of stock, before the opening (backwards from the
stock that the offers show) and after it. Not here: what customers want (customers.py).

Cancelled pieces are not taken from the shelf, and returned ones are not put back on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from magflow_pipeline.simulator.customers import Customers, Flags, Whole

BACK, LEVELS, AHEAD = 1, 2, 3
"""What a generator is for, beside the day's lines."""

FOR_EVER = 10**7


@dataclass(frozen=True)
class History:
    """The stock of each day, shape (days, offers): `end[d] == end[d - 1] + delivered[d] - taken[d]`."""

    end: Whole
    delivered: Whole
    taken: Whole
    could_sell: Flags
    """Whether there was a piece to sell on that day; an offer that nobody may buy could not."""


def history(customers: Customers, stock: Whole, days: range, wanted: Whole) -> History:
    """Go back from today's stock: what is sold on a day was there before it, and after a while came with a delivery.

    Before some deliveries the shelf was empty for some days, on which nothing is sold.

    Args:
        customers: Of the same offers as the arrays.
        stock: At the end of the last day.
        days: Ordinals.
        wanted: Pieces, not cancelled, shape (days, offers).

    Returns:
        What was sold of it, and the stock that goes with it.
    """
    rng = customers.generator(BACK)
    lot = np.maximum(5, np.rint(customers.rate * rng.uniform(30, 75, len(stock)))).astype(np.int64)
    room = np.maximum(1, lot * rng.random(len(stock))).astype(np.int64)
    is_wanted = customers.rate > 0
    sells_today = is_wanted & (customers.until >= days[-1]) if len(days) else is_wanted
    # Who has nothing today has had nothing for some days.
    gap = np.where((stock == 0) & sells_today, rng.integers(1, 25, len(stock)), 0)
    gone = np.zeros_like(stock)
    made = History(
        end=np.zeros_like(wanted),
        delivered=np.zeros_like(wanted),
        taken=np.zeros_like(wanted),
        could_sell=np.zeros(wanted.shape, dtype=np.bool_),
    )
    for row in range(len(days) - 1, -1, -1):
        is_empty = gap > 0
        taken = np.where(is_empty, 0, wanted[row])
        made.end[row], made.taken[row] = stock, taken
        start = stock + taken
        made.could_sell[row] = (start > 0) & (days[row] <= customers.until) & (days[row] >= customers.since)
        gone += taken
        is_first_day = (days[row] == customers.since) & is_wanted
        is_due = ((gone >= room) & ~is_empty) | is_first_day
        low = np.where(
            rng.random(len(stock)) < 0.45, 0, np.rint(customers.rate * rng.uniform(1, 10, len(stock)))
        ).astype(np.int64)
        low = np.where(is_first_day, 0, np.minimum(low, start))
        made.delivered[row] = np.where(is_due, start - low, 0)
        stock = np.where(is_due, low, start)
        begins = is_due & (low == 0) & (rng.random(len(stock)) < 0.6)
        length = rng.integers(1, 16, len(stock))
        gap = np.where(is_first_day, FOR_EVER, np.where(begins, length, np.maximum(gap - 1, 0)))
        room = np.where(is_due, np.maximum(3, lot * rng.uniform(0.6, 1.2, len(stock))).astype(np.int64), room)
        gone = np.where(is_due, 0, gone)
    return made


class Shelves:
    """The stock after the opening: what runs low is ordered, and comes after five days or more."""

    def __init__(self, customers: Customers, stock: Whole) -> None:
        self._customers = customers
        self.stock = stock.copy()
        self._is_wanted = (customers.rate > 0) & (customers.until >= customers.opened)
        self._lot = np.maximum(
            10, np.rint(customers.rate * customers.generator(LEVELS).uniform(30, 75, len(stock)))
        ).astype(np.int64)
        self._due = np.zeros_like(stock)
        self._order(customers.opened)

    def deliver(self, day: int) -> Whole:
        """Put on the shelf what is due on a day; returns the pieces of each offer."""
        is_due = self._due == day
        delivered = np.where(is_due, self._lot, 0)
        self.stock += delivered
        self._due[is_due] = 0
        return delivered

    def take(self, offer: int, pieces: int) -> bool:
        """Sell the pieces, unless there are fewer."""
        if self.stock[offer] < pieces:
            return False
        self.stock[offer] -= pieces
        return True

    def close(self, day: int) -> None:
        """End a day: order what ran low."""
        self._order(day)

    def _order(self, day: int) -> None:
        lead = self._customers.generator(AHEAD, day).integers(5, 21, len(self.stock))
        is_low = self._is_wanted & (self.stock <= self._customers.rate * 10) & (self._due == 0)
        self._due = np.where(is_low, day + lead, self._due)
