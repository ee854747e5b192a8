"""What items are expected to sell a day, from what they sold: pure functions of arrays, for all items at once.

Belongs here: the rules of docs/rules.md ("Demand") that are arithmetic, each with its source. Not here: where the
arrays come from (series.py), and the database (build.py).

Arrays have the shape (days, items); the last day is yesterday. A result of an item depends on its own column only, so
items may be computed in blocks of any size.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Real: TypeAlias = NDArray[np.floating]
Flags: TypeAlias = NDArray[np.bool_]

MEMORIES = (12.0, 40.0, 100.0, 300.0)
"""Sellable days after which a day counts for 1/e (decisions.md 3.3: one memory of 60 days loses a half more)."""

PRIOR_DAYS = 2.0
"""Sellable days that a prior counts for (decisions.md 3.8: pooling is a buffer, not a better forecast)."""

SCORE_DAYS = 400.0
"""Sellable days after which it counts for 1/e how well a memory predicted a day, and how demand scattered. Where demand
scatters much a year has to be heard: with 200 days 1 to 4 % more margin is lost at equal capital, on each of five
generated histories replayed."""

LEAST_RATE = 0.0001
"""Pieces a day that a typical item sells at least: where none is known to sell, likelihoods need a rate above 0."""

DISPERSION, DISPERSION_PIECES = 1.5, 10.0
"""Variance per mean before there is data, and the pieces that this counts for."""

LEAST_CAP, CAP_MEANS, CAP_DEVIATIONS, CAP_LARGEST = 20.0, 15.0, 8.0, 3.0
"""A day above max(20, 15 × mean, mean + 8 sd, 3 × the largest day before) is a spike (decisions.md 3.5)."""

UPLIFT_PIECES = 10.0
"""Expected pieces on campaign days that the catalogue's uplift counts for."""

MEANS = (30.0, 90.0, 180.0)
MONTH_DAYS, MOST_MONTHS = 30, 12
LEAST_DAYS = 7.0
"""With fewer sellable days since the first sale there is not enough data."""

LEAST_SEEN, LEAST_FALL = 0.8, 20.0
"""Under this part of the fall of stock sales are not seen here; with fewer pieces nobody can tell."""

MOST_INTERVAL, MOST_VARIATION = 1.32, 0.49
"""Limits of Syntetos, Boylan and Croston (2005) between the classes of demand."""


class Series(NamedTuple):
    """What some items sold: arrays of shape (days, items)."""

    units: Real
    """Pieces sold; NaN: not known, such as in a gap of the orders."""
    largest_order: Real
    """Pieces of the largest order of the day; 0: not known."""
    share: Real
    """Part of the day on which it could be sold, from 0 to 1; NaN: not known."""
    is_old: Flags
    """By item: whether it sold before the first of the days."""


class Pool(NamedTuple):
    """What the items of an account have in common."""

    rate: float
    """Pieces a day of a typical item that sells."""
    uplift: float
    """Demand on campaign days as a multiple of other days'."""


class Means(NamedTuple):
    """What people read: arrays by item, and by item of what was sold; NaN: no such day."""

    days: Real
    is_calendar: Flags
    mean_30: Real
    mean_90: Real
    mean_180: Real
    raw_mean_90: Real
    interval: Real
    variation: Real


class Expected(NamedTuple):
    """What is expected a day from now on, campaign days as often as they were: arrays by item."""

    rate: Real
    error: Real
    variance: Real
    uplift: Real
    """Of campaign days, as a multiple of the other days' rate."""
    usual: Real
    """Pieces on a day without a campaign."""


def counted_share(series: Series) -> tuple[Real, Flags]:
    """The part of each day that counts as a day of demand, and whether it is a calendar day.

    A day counts from the first sale on, if its sales are known, for the part on which the item could be sold. A day on
    which that is not known counts whole. So does one that sold something while no sample saw it for sale: the samples
    are half an hour apart (rules.md: Demand).
    """
    began = np.logical_or.accumulate(series.units > 0, axis=0) | series.is_old
    return counted_days(series.units, series.share, began)


def counted_days(units: Real, share: Real, began: Flags) -> tuple[Real, Flags]:
    """`counted_share` of any days; `began`: whether an item had sold before their end."""
    unknown = np.isnan(share)
    share = np.where(unknown | ((units > 0) & (share <= 0)), np.float32(1), share)
    counts = began & ~np.isnan(units)
    return np.where(counts, share, np.float32(0)), counts & unknown


def capped_units(series: Series, counted: Real) -> Real:
    """What each day counts as: its pieces without spikes.

    A single order above max(20, 3 × the largest before), or a day above max(20, 15 × mean, mean + 8 sd, 3 × the largest
    day before), is a spike (decisions.md 3.5); it counts as the largest order, or day, that is none, but not as less
    than a piece. Counted as the limit itself, one order of 800 pieces would be 20 pieces of an item that sells one a
    week. What comes again is no spike: the limits follow, as each counts for them with what it was allowed. Mean and
    deviation are those of the days before, or of all days if that is more, so that an item's first day is none where
    its other days are alike.
    """
    days, items = series.units.shape
    units = np.nan_to_num(series.units, nan=0.0)
    large_order, large_day = np.zeros((2, days, items), dtype=np.bool_)
    limits = Limits(items)
    for day in range(days):
        large_order[day], large_day[day] = limits.follow(units[day], series.largest_order[day], counted[day])
    usual = np.where(large_order, 0, series.largest_order).max(axis=0, initial=1)
    units = np.where(large_order, units - series.largest_order + np.minimum(series.largest_order, usual), units)
    large_day &= units > limits.of_days().astype(np.float32)
    usual = np.where(large_day, 0, units).max(axis=0, initial=1)
    return np.where(large_day, np.minimum(units, usual), units).astype(np.float32)


class Limits:
    """Above how many pieces an order, or a day, is a spike: by the days that it followed, one after the other."""

    def __init__(self, items: int) -> None:
        self._number, self._total, self._squares, self._largest, self._largest_order = np.zeros((5, items))

    def of_days(self) -> Real:
        """Pieces above which a day is a spike, by the mean and the deviation of the days so far."""
        number = np.maximum(self._number, 1)
        mean = self._total / number
        deviation = np.sqrt(np.maximum(self._squares / number - mean * mean, 0))
        return np.maximum(LEAST_CAP, np.maximum(CAP_MEANS * mean, mean + CAP_DEVIATIONS * deviation))

    def follow(self, units: Real, largest_order: Real, counted: Real) -> tuple[Flags, Flags]:
        """Whether the largest order of the next day is a spike, and whether the day is: what it had is followed."""
        order = largest_order.astype(np.float64)
        most = np.maximum(LEAST_CAP, CAP_LARGEST * self._largest_order)
        large_order = order > most
        order_left = np.minimum(order, most)
        np.maximum(self._largest_order, order_left, out=self._largest_order)
        pieces = units - order + order_left
        most = np.maximum(self.of_days(), CAP_LARGEST * self._largest)
        large_day = pieces > most
        pieces = np.minimum(pieces, most)
        np.maximum(self._largest, pieces, out=self._largest)
        self._number += counted > 0
        self._total += pieces
        self._squares += pieces * pieces
        return large_order, large_day


def means(series: Series, capped: Real, counted: Real, calendar: Flags, is_campaign: Flags) -> Means:
    """Pieces a day over the last 30, 90 and 180 sellable days, and the measures of the classes.

    The windows are of sellable days: they reach further back where the item was out of stock. Spikes are capped,
    campaign days are left out (rules.md: Demand).
    """
    days, items = capped.shape
    after, all_days, sales, pieces, squares = np.zeros((5, items))
    sums, spans = np.zeros((2, len(MEANS), items))
    raw = np.zeros(items)
    is_calendar = np.zeros(items, dtype=np.bool_)
    for day in reversed(range(days)):
        share = counted[day].astype(np.float64)
        all_days += share
        if is_campaign[day]:
            continue
        sold = capped[day].astype(np.float64)
        for place, length in enumerate(MEANS):
            inside = (after < length) & (share > 0)
            sums[place] += np.where(inside, sold, 0)
            spans[place] += np.where(inside, share, 0)
        inside = (after < MEANS[1]) & (share > 0)
        raw += np.where(inside, np.nan_to_num(series.units[day]), 0)
        is_calendar |= inside & calendar[day]
        sales += sold > 0
        pieces += sold
        squares += sold * sold
        after += share
    with np.errstate(divide="ignore", invalid="ignore"):
        averages = np.where(spans > 0, sums / spans, np.nan)
        mean = pieces / sales
        return Means(
            days=all_days,
            is_calendar=is_calendar,
            mean_30=averages[0],
            mean_90=averages[1],
            mean_180=averages[2],
            raw_mean_90=np.where(spans[1] > 0, raw / spans[1], np.nan),
            interval=np.where(sales > 0, np.maximum(after / sales, 1), np.nan),
            # One sale has no variation that anybody knows.
            variation=np.where(sales > 1, np.maximum(squares / sales - mean * mean, 0) / (mean * mean), np.nan),
        )


def monthly_variation(capped: Real, counted: Real, is_campaign: Flags) -> Real:
    """How much its demand varies from month to month, as a part of its mean; NaN: fewer than three months say so.

    Months are the last twelve times 30 days; each counts by its pieces a sellable day, from 15 sellable days on.
    """
    months = min(len(capped) // MONTH_DAYS, MOST_MONTHS)
    last = slice(len(capped) - months * MONTH_DAYS, None)
    usual = ~is_campaign[last, None]
    shape = (months, MONTH_DAYS, capped.shape[1])
    days = (counted[last] * usual).reshape(shape).sum(axis=1, dtype=np.float64)
    pieces = (capped[last] * usual).reshape(shape).sum(axis=1, dtype=np.float64)
    counts = days >= MONTH_DAYS / 2
    rates = np.where(counts, pieces / np.maximum(days, 1), 0)
    number = counts.sum(axis=0)
    mean = rates.sum(axis=0) / np.maximum(number, 1)
    squares = (np.where(counts, rates - mean, 0) ** 2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((number >= 3) & (mean > 0), np.sqrt(squares / (number - 1)) / mean, np.nan)


def demand_class(interval: Real, variation: Real) -> NDArray[np.str_]:
    """Smooth, erratic, intermittent or lumpy; empty where there are too few sales to say (Syntetos et al. 2005)."""
    often, even = interval < MOST_INTERVAL, variation < MOST_VARIATION
    named = np.select([often & even, often, even], ["smooth", "erratic", "intermittent"], "lumpy")
    return np.where(np.isnan(interval) | np.isnan(variation), "", named)


def expected(capped: Real, counted: Real, is_campaign: Flags, pool: Pool) -> Expected:
    """The forecast: several exponential memories over sellable days, weighted by how well each predicted lately.

    Each memory is a discounted mean; it leans on the next longer one, and the longest on the pool, with the weight of
    PRIOR_DAYS. Before it learns of a day each predicts it: the weights are the discounted likelihoods of what was sold
    (dynamic model averaging, Raftery et al. 2010) times the root of the memory's length, as rates seldom change: where
    sales scatter so much that they say little, an item keeps to its long-run mean. The likelihoods are Poisson's, their
    logarithms divided by the dispersion known today, of all days alike: a first burst, weighed before anybody knew of
    the scatter, would else choose the shortest memory for a year. Campaign days teach nothing but the uplift, which is
    shrunk to the catalogue's; what is expected has it for the part of the days that were of campaigns, as a stock
    without it is too small for the next one. The first day teaches nothing: it was chosen because something was sold on
    it, and would make slow items look faster.

    The variance of a day is that of a negative binomial with the dispersion seen; the error is that of the estimate:
    what a mean over the days of each memory would have, and what the memories differ.
    """
    memories = Memories(capped.shape[1], pool)
    for day, campaign in enumerate(is_campaign):
        memories.learn(capped[day], counted[day], is_campaign=bool(campaign))
    return memories.expected()


class Memories:
    """What `expected` has learned so far, one day after the other."""

    def __init__(self, items: int, pool: Pool) -> None:
        self.pool = pool
        """May be replaced: all learning from then on goes by it."""
        self._lengths = np.asarray(MEMORIES)[:, None]
        self._sums, self._spans, self._scores = np.zeros((3, len(MEMORIES), items))
        self._squares = np.full(items, DISPERSION * DISPERSION_PIECES)
        self._predicted = np.full(items, DISPERSION_PIECES)
        self._on_campaign, self._base_on_campaign = np.zeros((2, items))
        self._began = np.zeros(items, dtype=np.bool_)
        self._days = self._campaign_days = 0

    def learn(self, capped: Real, counted: Real, *, is_campaign: bool) -> None:
        """Learn of the next day: its pieces without spikes, and which part of it counts; by item."""
        self._days += 1
        self._campaign_days += is_campaign
        share = np.where(self._began, counted, 0.0)
        self._began |= counted > 0
        if not share.any():
            return
        sold = np.where(share > 0, capped, 0.0)
        rates = self._rates()
        rate = np.sum(self._weights() * rates, axis=0)
        likely = rate * share
        if is_campaign:
            self._on_campaign += sold
            self._base_on_campaign += likely
            return
        kept = np.exp(-share / SCORE_DAYS)
        self._scores = self._scores * kept + sold * np.log(rates) - rates * share
        self._squares = self._squares * kept + (sold - likely) ** 2
        self._predicted = self._predicted * kept + likely
        kept = np.exp(-share / self._lengths)
        self._sums = self._sums * kept + sold
        self._spans = self._spans * kept + share

    def expected(self) -> Expected:
        """What is expected a day from now on: on all days, of which as many are of campaigns as were so far."""
        rates, weights = self._rates(), self._weights()
        rate = np.sum(weights * rates, axis=0)
        variance = rate * self._dispersion()
        # Days of equal weight that a discounted mean is worth: (sum of weights)² / sum of squared weights.
        worth = 2 * self._spans / np.maximum(2 - self._spans / self._lengths, 1e-9) + PRIOR_DAYS
        error = np.sum(weights * (variance / worth + (rates - rate) ** 2), axis=0)
        uplift = (self._on_campaign + UPLIFT_PIECES * self.pool.uplift) / (self._base_on_campaign + UPLIFT_PIECES)
        all_days = 1 + self._campaign_days / max(self._days, 1) * (uplift - 1)
        return Expected(rate * all_days, np.sqrt(error) * all_days, variance * all_days, uplift, usual=rate)

    def _rates(self) -> Real:
        """The mean of each memory, which leans on the next longer one, the longest on the pool."""
        rates = np.empty_like(self._sums)
        prior: Real | float = max(self.pool.rate, LEAST_RATE)
        for memory in reversed(range(len(rates))):
            prior = rates[memory] = (self._sums[memory] + PRIOR_DAYS * prior) / (self._spans[memory] + PRIOR_DAYS)
        return rates

    def _dispersion(self) -> Real:
        """Variance of a day per mean."""
        return np.maximum(self._squares / self._predicted, 1)

    def _weights(self) -> Real:
        """Of each memory: the root of its length, times the likelihood of what was sold."""
        scores = self._scores / self._dispersion()
        weights = np.sqrt(self._lengths) * np.exp(scores - scores.max(axis=0))
        return weights / weights.sum(axis=0)


def sales_seen(fall: Real, units: Real, unexplained: Real) -> tuple[Real, Flags]:
    """Whether the sales that are known explain by how much stock fell, over the same days (rules.md: Demand).

    Judged without the day that is least explained, so that one correction of the stock decides nothing; and from
    LEAST_FALL pieces on: of 20 pieces whose sales are seen but for one in twenty (cancelled, or sold on the next day),
    15 or fewer are seen by chance in 0.3 % of the items.

    Args:
        fall: Pieces that stock fell, by item.
        units: Pieces sold from that stock, by all accounts that sell it and in other channels.
        unexplained: Pieces of the day on which stock fell by most more than was sold.

    Returns:
        Pieces sold per piece that stock fell (NaN where it did not fall), and whether those are too few.
    """
    judged = fall - unexplained
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(fall > 0, units / fall, np.nan)
    return ratio, (judged >= LEAST_FALL) & (units < LEAST_SEEN * judged)
