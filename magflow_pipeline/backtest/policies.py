"""Rules by which one may order, each as it would work evening after evening.

Belongs here: what each rule learns and orders. Not here: what becomes of the orders (replay.py). A policy gets what a
seller sees: what was sold, not what was wanted. Quantities are pieces; arrays are by item.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from magflow_pipeline.backtest.history import Items
from magflow_pipeline.demand.forecast import Flags, Real
from magflow_pipeline.demand.learner import Learner
from magflow_pipeline.purchasing import policy

PLAIN_DAYS = 90
"""In-stock days whose mean `plain` goes by."""


class Policy(Protocol):
    """One rule with what it has learned."""

    def learn(self, sold: Real, share: Real, sold_out: Flags, *, is_campaign: bool) -> None:
        """Learn of the day that ends.

        Args:
            sold: Pieces; NaN: not known.
            share: Part of the day on which each item could be sold; NaN: not known.
            sold_out: Which items sold their last piece on it: nobody sees when, nor what more was wanted.
            is_campaign: Whether the day is of a campaign.
        """
        ...

    def order(self, stock: Real, on_order: Real) -> Real:
        """What to order this evening, before MOQ and pack; 0: nothing."""
        ...


class Demand:
    """The project's own rule: demand as the table `demand` has it, levels of `purchasing/policy.py`."""

    def __init__(
        self,
        items: Items,
        capital_cost: float,
        lines_a_week: float | None = None,
        most_cover_days: float = policy.MOST_COVER_DAYS,
    ) -> None:
        self._items = items
        self._capital_cost, self._lines_a_week, self._most_days = capital_cost, lines_a_week, most_cover_days
        self._learner = Learner(len(items.skus))
        self._least = np.maximum(items.moq, items.pack_size)

    def learn(self, sold: Real, share: Real, sold_out: Flags, *, is_campaign: bool) -> None:
        """As `Policy`; a day that sold out counts for the part in which what is expected would have done so."""
        if sold_out.any():
            share = np.where(sold_out, np.minimum(share, sold / self._learner.expected().rate), share)
        self._learner.learn(sold, share, is_campaign=is_campaign)

    def order(self, stock: Real, on_order: Real) -> Real:
        """As `Policy`: up to the order-up-to level from the reorder point down."""
        items, expected = self._items, self._learner.expected()
        rate = np.where(self._learner.has_sold(), expected.rate, np.nan)
        kappa = policy.line_cost(
            rate, expected.variance, items.unit_cost, self._lines_a_week, self._least, items.pack_size
        )
        lot = policy.lots(rate, items.unit_cost, kappa, self._least, self._most_days)
        mean, variance = policy.lead_time_demand(
            rate, expected.error, expected.variance, items.lead_days + policy.REVIEW_DAYS, items.lead_spread
        )
        allowed = policy.chance_allowed(rate, items.unit_cost, items.margin, lot, self._capital_cost)
        position = stock + on_order
        due = np.flatnonzero(policy.chance_short(position, mean, variance) > allowed)
        levels = policy.levels(
            *(each[due] for each in (rate, expected.error, expected.variance, items.lead_days, items.lead_spread)),
            *(each[due] for each in (items.unit_cost, items.margin, lot)),
            capital_cost=self._capital_cost,
            pack_size=items.pack_size[due],
            most_cover_days=self._most_days,
        )
        wanted = np.zeros(len(rate))
        wanted[due] = np.where(position[due] <= levels.reorder_point, levels.order_up_to - position[due], 0)
        return wanted


class Plain:
    """The mean of 90 in-stock days for lead time and review, z deviations above it, in lots of 30 days."""

    def __init__(self, items: Items, z: float) -> None:
        self._items, self._z = items, z
        self._sold = np.zeros((PLAIN_DAYS, len(items.skus)))
        self._days = np.zeros(len(items.skus), dtype=np.int64)

    def learn(self, sold: Real, share: Real, sold_out: Flags, *, is_campaign: bool) -> None:
        """As `Policy`; a day counts when it began in stock, or that is not known."""
        del sold_out, is_campaign
        counts = np.flatnonzero(~np.isnan(sold) & ~(share <= 0))
        self._sold[self._days[counts] % PLAIN_DAYS, counts] = sold[counts]
        self._days[counts] += 1

    def order(self, stock: Real, on_order: Real) -> Real:
        """As `Policy`."""
        days = np.maximum(np.minimum(self._days, PLAIN_DAYS), 1)
        mean = self._sold.sum(axis=0) / days
        deviation = np.sqrt(np.maximum((self._sold**2).sum(axis=0) / days - mean * mean, 0))
        ahead = self._items.lead_days + policy.REVIEW_DAYS
        point = mean * ahead + self._z * deviation * np.sqrt(ahead)
        position = stock + on_order
        lot = np.maximum(policy.USUAL_COVER * mean, 1)
        return np.where((mean > 0) & (position <= point), point + lot - position, 0)


class Fixed:
    """The same levels for all items: from 20 pieces down, up to 100; both times `scale`."""

    def __init__(self, items: Items, scale: float) -> None:
        del items
        self._scale = scale

    def learn(self, sold: Real, share: Real, sold_out: Flags, *, is_campaign: bool) -> None:
        """As `Policy`: learns nothing."""

    def order(self, stock: Real, on_order: Real) -> Real:
        """As `Policy`."""
        position = stock + on_order
        return np.where(position <= 20 * self._scale, 100 * self._scale - position, 0)


class StockDerived:
    """The old rule, whose levels come from the stock that they judge: reorder point and maximum, times `scale`.

    10 and 100 of no stock, 20 and 100 of less than 10 pieces, else 30 % of the stock and twice of it, at least 100.
    """

    def __init__(self, items: Items, scale: float) -> None:
        del items
        self._scale = scale

    def learn(self, sold: Real, share: Real, sold_out: Flags, *, is_campaign: bool) -> None:
        """As `Policy`: learns nothing."""

    def order(self, stock: Real, on_order: Real) -> Real:
        """As `Policy`."""
        position, seen = stock + on_order, stock / self._scale
        point = np.select([seen <= 0, seen < 10], [10.0, 20.0], 0.3 * seen) * self._scale
        maximum = np.where(seen < 10, 100, np.maximum(100, 2 * seen)) * self._scale
        return np.where(position <= point, np.maximum(maximum - position, 0), 0)
