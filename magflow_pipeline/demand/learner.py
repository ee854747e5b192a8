"""Demand learned one evening after the other, by the rules of forecast.py: what the back-test replays.

Belongs here: what each evening knows. A build of the table `demand` knows the whole history instead, and judges again
which of its days were spikes (build.py); apart from that both have the same numbers.
"""

from __future__ import annotations

import numpy as np

from magflow_pipeline.demand.forecast import Expected, Flags, Limits, Memories, Pool, Real, counted_days


class Learner:
    """What some items have sold up to an evening, and what is expected of them."""

    def __init__(self, items: int) -> None:
        self._has_sold = np.zeros(items, dtype=np.bool_)
        self._limits = Limits(items)
        self._usual_order, self._usual_day = np.ones((2, items), dtype=np.float32)
        self._memories = Memories(items, Pool(0.0, 1.0))
        self._pieces, self._since_sale, self._counted = np.zeros((3, items))

    def learn(self, units: Real, share: Real, *, is_campaign: bool = False, largest_order: Real | None = None) -> None:
        """Learn of the day that ends.

        Args:
            units: Pieces sold, by item; NaN: not known.
            share: Part of the day on which each could be sold; NaN: not known.
            is_campaign: Whether the day is of a campaign.
            largest_order: Pieces of the largest order of the day; 0 or None: not known.
        """
        self._has_sold |= units > 0
        counted, _ = counted_days(units, share, self._has_sold)
        capped = self._capped(units, np.zeros_like(units) if largest_order is None else largest_order, counted)
        self._memories.learn(capped, counted, is_campaign=is_campaign)
        self._counted += counted
        self._pieces += capped
        self._since_sale += self._has_sold

    def expected(self) -> Expected:
        """What is expected a day from the next day on, of what never sold too."""
        if self._has_sold.any():
            rates = (self._pieces / np.maximum(self._since_sale, 1))[self._has_sold]
            self._memories.pool = Pool(float(np.median(rates)), 1.0)
        return self._memories.expected()

    def has_sold(self) -> Flags:
        """Which items have sold. What never sold is never ordered (decisions.md 3.8).

        Of what has sold on few days `demand` says that a person decides. Here is none: an item whose first sale was of
        its last piece is not on sale again, and would never be known.
        """
        return self._has_sold

    def _capped(self, units: Real, largest_order: Real, counted: Real) -> Real:
        """What the day counts as by what is known this evening: as `forecast.capped_units` says."""
        units = np.nan_to_num(units, nan=0.0)
        large_order, large_day = self._limits.follow(units, largest_order, counted)
        np.maximum(self._usual_order, np.where(large_order, 0, largest_order), out=self._usual_order)
        units = np.where(large_order, units - largest_order + np.minimum(largest_order, self._usual_order), units)
        np.maximum(self._usual_day, np.where(large_day, 0, units), out=self._usual_day)
        return np.where(large_day, np.minimum(units, self._usual_day), units)
