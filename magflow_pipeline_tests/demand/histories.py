"""Generated histories of sales whose true rates are known: what the tests and `benchmarks/demand.py` judge by.

Two generators, as a method that reacts fast looks good on over-dispersed demand and bad on Poisson's (decisions.md 4):
`even` is Poisson of constant rates, `uneven` has weeks, steps, trends, drift, campaigns, new and dying items, scatter
above Poisson's, and single orders that are many times a day's sales.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CAMPAIGNS = ((20, 24), (110, 113), (200, 205), (300, 304), (385, 389), (480, 484))


class History(NamedTuple):
    """Arrays of shape (days, items), or of one element for each day."""

    units: NDArray[np.float64]
    largest_order: NDArray[np.float64]
    rate: NDArray[np.float64]
    """Pieces wanted a day on average, without campaigns and single large orders."""
    is_campaign: NDArray[np.bool_]


def even(seed: int, items: int = 600, days: int = 540) -> History:
    """Poisson, rates that do not change."""
    chance = np.random.default_rng(seed)
    rate = np.repeat(np.exp(chance.normal(-2.0, 1.4, items)).clip(0.003, 30)[None], days, axis=0)
    units = chance.poisson(rate).astype(np.float64)
    return History(units, np.minimum(units, 2), rate, np.zeros(days, dtype=np.bool_))


def uneven(seed: int, items: int = 600, days: int = 540) -> History:
    """Over-dispersed, and everything changes."""
    chance = np.random.default_rng(seed)
    day = np.arange(days)[:, None]
    level = np.exp(chance.normal(-2.2, 1.6, items)).clip(0.002, 40)
    rate = level * np.array([1.15, 1.1, 1.05, 1, 0.95, 0.85, 0.9])[day % 7]
    steps, on, by = chance.random(items) < 0.3, chance.integers(20, days, items), chance.normal(0, 0.8, items)
    rate *= np.where(steps & (day >= on), np.exp(by), 1)
    rate *= np.exp(np.where(chance.random(items) < 0.25, chance.normal(0, 0.9, items), 0) / 360 * (day - days / 2))
    drift = np.cumsum(chance.normal(0, 0.02, (days, items)), axis=0)
    rate *= np.exp(drift - drift.mean(axis=0))
    is_new, since = chance.random(items) < 0.12, chance.integers(30, max(31, days - 60), items)
    is_dying, until = chance.random(items) < 0.05, chance.integers(days // 3, days, items)
    rate *= ~((is_new & (day < since)) | (is_dying & (day >= until)))
    is_campaign = np.zeros(days, dtype=np.bool_)
    for first, end in CAMPAIGNS:
        is_campaign[first:end] = True
    wanted = np.where(is_campaign[:, None], rate * np.exp(chance.normal(np.log(2.5), 0.5, items)), rate)
    scatter = np.exp(chance.normal(0.3, 0.6, items)).clip(0.2, 4)
    units = chance.poisson(wanted * chance.gamma(1 / scatter, scatter, (days, items))).astype(np.float64)
    largest = np.minimum(units, 2)
    for item in np.flatnonzero(chance.random(items) < 0.05):
        order = chance.integers(20, 120) * max(1, round(float(level[item])))
        units[place := (chance.integers(0, days), item)] += order
        largest[place] = order
    return History(units, largest, rate, is_campaign)
