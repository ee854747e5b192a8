"""Replays a history under a policy: arrivals in the morning, sales in the day, orders in the evening.

Belongs here: the rules of the back-test (rules.md: Backtest), and what a replay cost. What cannot be sold on its day is
lost. A policy sees what was sold, never what was wanted, and no day before it has ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from magflow_pipeline.backtest.history import LEARNING_DAYS, History, Items
from magflow_pipeline.backtest.policies import Policy
from magflow_pipeline.demand.forecast import Real


class Replayed(NamedTuple):
    """What a policy did: arrays of shape (days after the learning days, items), in pieces."""

    lost: NDArray[np.int64]
    stock: NDArray[np.int64]
    """In the evening."""
    ordered: NDArray[np.int64]

    def orders(self, history: History) -> Iterator[tuple[date, str, int]]:
        """Day, SKU and pieces of each order, oldest first."""
        for day, item in np.argwhere(self.ordered):
            ordered_on = history.first_day + timedelta(LEARNING_DAYS + int(day))
            yield ordered_on, history.items.skus[item], int(self.ordered[day, item])


def replay(history: History, rule: Policy) -> Replayed:
    """Let `rule`, which has learned nothing yet, order for the items of a history."""
    items = history.items
    days, count = history.units.shape
    wanted = np.nan_to_num(history.units).astype(np.int64)
    lost, left, ordered = np.zeros((3, days - LEARNING_DAYS, count), dtype=np.int64)
    arriving = np.zeros((days, count), dtype=np.int64)
    stock, on_order = items.opening_stock.astype(np.int64), np.zeros(count, dtype=np.int64)
    nothing = np.zeros(count, dtype=np.bool_)
    for day in range(LEARNING_DAYS):
        rule.learn(history.units[day], history.share[day], nothing, is_campaign=bool(history.is_campaign[day]))
    for day in range(LEARNING_DAYS, days):
        stock, on_order = stock + arriving[day], on_order - arriving[day]
        sold = np.minimum(stock, wanted[day])
        could_sell = np.where(stock > 0, 1.0, 0.0)
        stock = stock - sold
        seen = np.where(np.isnan(history.units[day]), np.nan, sold)
        sold_out = (sold > 0) & (stock == 0)
        rule.learn(seen, could_sell, sold_out, is_campaign=bool(history.is_campaign[day]))
        pieces = in_packs(rule.order(stock.astype(np.float64), on_order.astype(np.float64)), items)
        on_order = on_order + pieces
        arrives = day + history.lead_times[day]
        in_time = np.flatnonzero((pieces > 0) & (arrives < days))
        arriving[arrives[in_time], in_time] += pieces[in_time]
        place = day - LEARNING_DAYS
        lost[place], left[place], ordered[place] = wanted[day] - sold, stock, pieces
    return Replayed(lost, left, ordered)


def in_packs(wanted: Real, items: Items) -> NDArray[np.int64]:
    """What is ordered to get at least `wanted` pieces: at least the MOQ, in whole packs; 0 where nothing is wanted."""
    least = np.maximum(np.ceil(wanted), items.moq)
    return np.where(wanted > 0, np.ceil(least / items.pack_size) * items.pack_size, 0).astype(np.int64)
