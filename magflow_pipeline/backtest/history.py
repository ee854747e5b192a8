"""A history that policies are replayed on: what was wanted each day, and what its items cost. Not here: its files."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from magflow_pipeline.demand.forecast import Flags, Real

LEARNING_DAYS = 180
"""The first days, which are only learned from; stock and orders begin with the day after them."""

DRAWN_WITH = 13
"""The seed of drawn lead times: the same for all policies."""


class Items(NamedTuple):
    """What is known of the items: arrays by item."""

    skus: list[str]
    unit_cost: Real
    """RON a piece."""
    price: Real
    """RON that a sold piece brings: the margin is what it has above `unit_cost`."""
    lead_days: Real
    """Mean days from the evening of an order to the morning on which it arrives."""
    lead_spread: Real
    """Their standard deviation."""
    moq: Real
    pack_size: Real
    opening_stock: Real
    """Pieces on the morning of the first day after the learning days."""

    @property
    def margin(self) -> Real:
        """RON that a sold piece earns."""
        return self.price - self.unit_cost


class History(NamedTuple):
    """What some items were wanted a day; arrays have the shape (days, items)."""

    first_day: date
    items: Items
    units: Real
    """Pieces wanted; NaN: not known, counted as none."""
    share: Real
    """Part of a learning day on which the item could be sold; NaN: not known."""
    is_campaign: Flags
    """By day."""
    lead_times: NDArray[np.int32]
    """Days that an order of that evening takes; policies never look."""


def draw_lead_times(days: int, items: Items) -> NDArray[np.int32]:
    """Lead times by evening and item: gamma with each item's mean and spread, in whole days, at least one.

    Drawn day by day, so that a history that ends sooner has the same ones.
    """
    chance = np.random.default_rng(DRAWN_WITH)
    spread = np.maximum(items.lead_spread, 1e-6)
    mean = np.maximum(items.lead_days, 1e-6)
    drawn = chance.gamma((mean / spread) ** 2, spread**2 / mean, (days, len(mean)))
    fixed = np.where(items.lead_spread > 0, drawn, items.lead_days)
    return np.maximum(np.rint(fixed), 1).astype(np.int32)
