"""The stock of the simulated seller, day by day: it falls by what is sold, and deliveries raise it.

Belongs here: what is on the shelf, when what runs low comes again, and how the past is made to end with the stock
that the offers show. Not here: what customers want (customers.py).

Cancelled pieces are not taken from the shelf, and returned ones are not put back on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from magflow_pipeline.simulator.customers import SPIKE_PIECES, Customers, Flags, Whole

LEVELS, LEADS = 1, 2
"""What a generator is for, beside the day's lines."""


@dataclass
class Day:
    """One day of every offer: `end` is the stock of the day before, with `delivered` and without `taken`."""

    number: int
    delivered: Whole
    taken: Whole
    end: Whole
    could_sell: Flags
    """Whether there was a piece to sell on that day; an offer that nobody may buy could not."""


class Shelves:
    """The stock of an account's offers; what runs low is ordered, and comes after 5 to 20 days: often too late."""

    def __init__(self, customers: Customers, day: int) -> None:
        """The stock of the morning of a first day."""
        rng = customers.generator(LEVELS)
        count = len(customers.rate)
        self._customers = customers
        self._lot = np.maximum(10, np.rint(customers.rate * rng.uniform(30, 75, count))).astype(np.int64)
        is_new = customers.since > day
        self.stock: Whole = np.where(is_new, 0, np.rint(self._lot * rng.uniform(0.1, 1.0, count))).astype(np.int64)
        # The first delivery of a new offer is what it begins with.
        self._due: Whole = np.where(is_new, customers.since, 0)

    def begin(self, day: int) -> Day:
        """Put on the shelf what is due on a day; the day is filled by `take`."""
        is_due = self._due == day
        delivered = np.where(is_due, self._lot, 0)
        spike = self._customers.spike
        if spike is not None and spike[1] == day:
            delivered[spike[0]] += SPIKE_PIECES  # who orders so many has asked before
        self.stock = self.stock + delivered
        self._due[is_due] = 0
        today = Day(day, delivered, np.zeros_like(self.stock), self.stock.copy(), np.zeros(len(is_due), dtype=np.bool_))
        self._judge(today)
        return today

    def take(self, day: Day, offer: int, pieces: int) -> bool:
        """Sell the pieces, unless there are fewer."""
        if self.stock[offer] < pieces:
            return False
        self.stock[offer] -= pieces
        day.taken[offer] += pieces
        day.end[offer] -= pieces
        return True

    def close(self, day: int) -> None:
        """End a day: order what ran low."""
        customers = self._customers
        lead = customers.generator(LEADS, day).integers(5, 21, len(self.stock))
        is_wanted = (customers.rate > 0) & (customers.since <= day) & (day <= customers.until)
        point = np.maximum(customers.rate * 10, customers.pieces * 1.5)
        is_low = is_wanted & (self.stock <= point) & (self._due == 0)
        self._due = np.where(is_low, day + lead, self._due)

    def match(self, days: list[Day], stock: Whole) -> None:
        """Change the past so that it ends with this stock: by the last deliveries, else by what was there at first.

        What was sold stays as it is. Where the shelf is empty now and should not be, a delivery has just come.
        """
        end = np.stack([day.end for day in days])
        delivered = np.stack([day.delivered for day in days])
        for offer in np.flatnonzero(end[-1] != stock):
            missing = int(stock[offer] - end[-1, offer])
            stop = len(days)
            if missing > 0 and end[-1, offer] == 0:
                end[-1, offer] += missing
                delivered[-1, offer] += missing
                continue
            while missing:
                before = np.flatnonzero(delivered[:stop, offer])
                start = int(before[-1]) if len(before) else 0
                end[start:stop, offer] += missing
                if not len(before):
                    break
                changed = max(missing, -int(delivered[start, offer]))
                delivered[start, offer] += changed
                missing -= changed
                stop = start
        for row, day in enumerate(days):
            day.end, day.delivered = end[row], delivered[row]
            self._judge(day)
        self.stock = stock.copy()

    def _judge(self, day: Day) -> None:
        on_sale = (self._customers.since <= day.number) & (day.number <= self._customers.until)
        day.could_sell = on_sale & (day.end + day.taken > 0)
