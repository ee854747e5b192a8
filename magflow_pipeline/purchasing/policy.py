"""When to order and how much, from what is expected to be sold: pure functions of arrays, for all items at once.

Belongs here: the arithmetic of reorder points and lots, each with its source (rules.md: Levels). Not here: what is
expected (demand/forecast.py), what a piece costs, and which levels a person set.

One knob decides how much stock is kept: the cost of capital, in RON a year that a RON of stock has to earn (money,
storage, ageing). A second one, order lines a week, decides in how many orders it comes. Quantities are pieces, money is
RON, times are days. Every function takes arrays of one element per item, and answers NaN where an input is NaN.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from magflow_pipeline.demand.forecast import Flags, Real

REVIEW_DAYS = 1.0
"""Days between two chances to order. Daily loses a third less than weekly (decisions.md 3.1)."""

USUAL_COVER = 30.0
"""Days of sales in a lot, as most buyers order: so many order lines are allowed where nobody names a number."""

DAYS_A_YEAR = 365.0

MOST_COVER_DAYS = 365.0
"""Days that a stock lasts at most, where nobody says otherwise."""


NOT_KEPT = 2.0
"""Chance allowed from which nothing is kept in stock: a lot costs more capital until it is sold than it earns."""

MOST_CHANCE = 0.15
"""Of being sold out, of what is kept: more saves little capital, and small items lose what they need not. Measured on
generated histories: with 0.25 as much is lost in all (on `uneven` 3 % less, on others as much more), but what seldom
sells lost up to 6 % of the whole more than with `plain`; with 0.15 at most 3 %."""

ERROR_PART = 0.5
"""Part of the standard error that counts. The whole of it binds capital where a piece more is seldom wanted: measured
on the same histories, 3 to 7 % more margin is lost at equal capital, on each of them."""

LINES_PART = 0.94
"""Of the order lines that lots of 30 days would make, the part that lots may make: reorder points that rise with what
is expected bring orders forward, and what is not lost is ordered as well. Measured with 0.95 on nine kinds of
histories, at equal capital 0.88 to 1.04 of the lines of `plain` were ordered."""

MOST_STEP = 3.0
"""Of the square roots of what items sell in RON a day, from one to the next larger: what stands out counts as if
it did not. A mistaken one would otherwise decide how large the lots of all others are."""


class Levels(NamedTuple):
    """What is ordered by, in pieces: arrays by item; NaN: an input is not known."""

    reorder_point: Real
    """The largest stock, with what is on order, at which one still orders; -1: not worth keeping in stock."""
    order_up_to: Real
    """Stock with what is on order after an order, on average: rounding up to packs adds half a pack."""
    safety_stock: Real
    """What the reorder point has above the demand expected until an order of the next review arrives."""
    chance_allowed: Real
    """Of being sold out before the next chance, at most `MOST_CHANCE`; infinite: not worth keeping in stock."""
    is_capped: Flags
    """Whether they would last too long, and so are lower."""


def line_cost(
    expected: Real,
    variance: Real,
    unit_cost: Real,
    lines_a_week: float | None = None,
    least: Real | float = 1.0,
    pack_size: Real | float = 1.0,
) -> float:
    """What an order line costs, for the lots of `lots` to make as many order lines as wanted.

    An order is larger than its lot by what the day that brings it on sells beyond the reorder point: of demand with the
    mean and variance (variance / mean + mean - 1) / 2 on average (undershoot, by renewal theory; Tijms and Groenevelt
    1984). Where sales come in large pieces it makes small lots larger by more than lots of 30 days, and so leaves lines
    for others.

    Args:
        expected: Pieces a day.
        variance: Of the pieces of one day; NaN: as of a Poisson distribution.
        unit_cost: RON a piece.
        lines_a_week: Order lines a week of all items; None: `LINES_PART` of those that lots of 30 days make, rounded
            up to packs.
        least: The smallest lot, such as the MOQ.
        pack_size: Pieces are ordered in multiples of it.

    Returns:
        The cost of a line divided by the capital cost of a day (κ, in RON · days); 0 where the smallest lots make no
        more lines than wanted, or nothing is expected. An item that stands out (`MOST_STEP`) makes more lines than are
        counted.
    """
    known = (expected > 0) & (unit_cost > 0)
    rate, cost = expected[known], unit_cost[known]
    smallest = np.broadcast_to(np.maximum(least, 1.0), expected.shape)[known]
    pack = np.broadcast_to(pack_size, expected.shape)[known]
    scatter = np.broadcast_to(variance, expected.shape)[known] / rate
    # Levels that are no whole pieces add half a piece to each lot.
    beyond = (np.fmax(scatter, 1.0) + rate - 1) / 2 + 0.5

    worth = _without_steps(np.sqrt(rate * cost))

    def lines(kappa: float) -> float:
        lot = np.maximum(np.sqrt(2 * kappa) * rate / worth, smallest)
        return float(np.sum(np.minimum(rate / (lot + beyond), 1 / REVIEW_DAYS)))

    # Rounding up to whole packs adds half a pack; `lots` are chosen with that in mind, and `order_up_to` is less by it.
    usual = float(np.sum(rate / (np.maximum(USUAL_COVER * rate, smallest) + pack / 2 + beyond)))
    wanted = LINES_PART * usual if lines_a_week is None else lines_a_week / 7
    if wanted <= 0 or lines(0.0) <= wanted:
        return 0.0
    most = 1.0
    while lines(most) > wanted:
        most *= 4
    less = 0.0
    for _ in range(40):
        middle = (less + most) / 2
        less, most = (middle, most) if lines(middle) > wanted else (less, middle)
    return most


def _without_steps(values: Real) -> Real:
    """The values; those above their median are each at most `MOST_STEP` times the next smaller one, so lowered."""
    if len(values) < 2:
        return values
    order = np.argsort(values, kind="stable")[(len(values) - 1) // 2 :]
    steps = np.arange(len(order)) * np.log(MOST_STEP)
    most = np.exp(np.minimum.accumulate(np.log(values[order]) - steps) + steps)
    lowered = values.copy()
    lowered[order] = np.where(values[order] > most * (1 + 1e-9), most, values[order])  # exact where nothing stands out
    return lowered


def lots(
    expected: Real,
    unit_cost: Real,
    kappa: float,
    least: Real | float = 1.0,
    most_cover_days: Real | float = MOST_COVER_DAYS,
) -> Real:
    """Pieces of an order: the economic order quantity of Harris (1913), √(2·κ·demand / cost), at least `least`.

    No more than lasts as long as a stock may, unless the least lot is more. Not rounded: a pack is a matter of the
    order, and lots that jump would let reorder points fall when demand rises.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        economic = np.minimum(np.sqrt(2 * kappa * expected / unit_cost), expected * most_cover_days)
        return np.maximum(economic, np.maximum(least, 1.0))


def lead_time_demand(expected: Real, error: Real, variance: Real, days: Real, lead_spread: Real) -> tuple[Real, Real]:
    """Mean and variance of what is sold in so many days.

    The variance has three parts: the scatter of sales; the error of the estimate, which is made on each of the days
    and so grows with their square, `ERROR_PART` of it; and that of the number of days (Silver, Pyke and Thomas 2017,
    chapter 6).

    Args:
        expected: Pieces a day.
        error: Standard error of `expected`.
        variance: Of the pieces of one day.
        days: Over which demand is summed up.
        lead_spread: Standard deviation of the days.
    """
    return expected * days, variance * days + (ERROR_PART * error * days) ** 2 + (expected * lead_spread) ** 2


def chance_short(position: Real, mean: Real, variance: Real) -> Real:
    """The chance that all of `position` pieces are wanted, and so a customer finds none: 1 where there are none.

    Negative binomial, Poisson where it scatters no more. Closed forms by the incomplete beta and gamma functions, exact
    for means of 0 to millions.
    """
    from scipy import special

    pieces = np.floor(position)
    above = variance - mean
    is_poisson = above <= 1e-6 * mean
    with np.errstate(divide="ignore", invalid="ignore"):
        size = mean * mean / np.where(is_poisson, 1.0, above)
        chance = np.where(is_poisson, special.gammainc(pieces, mean), special.betainc(pieces, size, above / variance))
    chance = np.where(pieces <= 0, 1.0, chance)
    return np.where(np.isnan(pieces + mean + variance), np.nan, chance)


def chance_missed(position: Real, lot: Real, mean: Real, variance: Real) -> Real:
    """The chance that one piece more than `position` would be sold before the next lot: what `chance_allowed` limits.

    All of `position` are wanted, and not a whole lot more: where that much is wanted, the lot that is on its way with
    one piece more is sold out as well, and the next one has the same shortage. So in the exact model of Hadley and
    Whitin (1963, chapter 4) the part of demand that finds no stock is the mean of the chances at the positions that a
    lot goes through, and a piece more takes the difference of its ends from it. Where lots are large against what
    demand scatters in the lead time it is the chance to be short; of dear pieces in small lots it is half of it or
    less, and stock that went by the chance to be short lay there idle.

    Above `MOST_CHANCE`, which nothing allows, it is the chance to be short itself: so it never rises with `position`.
    """
    short = chance_short(position, mean, variance)
    beyond = chance_short(position + np.maximum(np.round(lot), 1.0), mean, variance)
    return np.where(short > MOST_CHANCE, short, short - beyond)


def chance_allowed(expected: Real, unit_cost: Real, margin: Real, lot: Real, capital_cost: float) -> Real:
    """The chance that a piece more would be sold, above which one orders.

    A piece more in stock costs capital all the time; it saves a margin once in each lot, if it is missed: so one orders
    while `chance_missed` · margin · demand / lot > capital cost · unit cost (Silver, Pyke and Thomas 2017, chapter 6;
    decisions.md 3.2), or while the chance to be short is above `MOST_CHANCE`.

    A lot is half sold on average: one that is worth more than `NOT_KEPT` times what is earned until it is sold costs
    more than it earns. Of those, and where nothing is earned or expected, the chance is infinite: nothing is ordered.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        earned = np.maximum(margin, 0) * np.maximum(expected, 0)
        chance = np.where(earned == 0, np.inf, capital_cost / DAYS_A_YEAR * unit_cost * lot / earned)
    return np.where(chance >= NOT_KEPT, np.inf, np.minimum(chance, MOST_CHANCE))


def levels(
    expected: Real,
    error: Real,
    variance: Real,
    lead_days: Real,
    lead_spread: Real,
    unit_cost: Real,
    margin: Real,
    lot: Real,
    *,
    capital_cost: float,
    pack_size: Real | float = 1.0,
    review_days: float = REVIEW_DAYS,
    most_cover_days: Real | float = MOST_COVER_DAYS,
) -> Levels:
    """Reorder point and order-up-to level of each item.

    The reorder point is the largest stock at which the chance that one piece more would be sold before an order of the
    next review would arrive is above `chance_allowed`. It never falls when `expected` rises at the same scatter per
    piece (variance ÷ expected) and the same relative error: a negative binomial then grows in all its quantiles, the
    chance allowed falls, and above the mean its chances fall from piece to piece, so that of `chance_missed` times
    demand more is gained below than lost beyond the lot; also with lots of `lots`. Where `order_up_to` would last too
    long it is lowered, at least to a piece, and the reorder point below it.

    Args:
        expected: `demand.expected_daily_demand`.
        error: `demand.demand_error`.
        variance: `demand.daily_variance`.
        lead_days: From an order until its pieces can be sold.
        lead_spread: Standard deviation of `lead_days`.
        unit_cost: RON a piece, landed.
        margin: RON that a sold piece earns; not worth keeping from 0 down.
        lot: Pieces of an order, at least 1.
        capital_cost: RON a year for a RON of stock, such as 0.4.
        pack_size: Orders are rounded up to multiples of it.
        review_days: Days between two chances to order.
        most_cover_days: Days that a stock may last.
    """
    mean, spread = lead_time_demand(expected, error, variance, lead_days + review_days, lead_spread)
    allowed = chance_allowed(expected, unit_cost, margin, lot, capital_cost)
    allowed = np.where(np.isnan(mean + spread + allowed), np.nan, allowed)
    point = _largest_missed(allowed, lot, mean, spread)
    wanted = point + np.maximum(np.round(lot - (pack_size - 1.0) / 2), 1.0)
    up_to = np.minimum(wanted, np.maximum(np.floor(expected * most_cover_days), 1.0))
    point = np.where(point < 0, point, np.minimum(point, up_to - 1))
    return Levels(
        reorder_point=point,
        order_up_to=up_to,
        safety_stock=np.maximum(point - mean, 0.0),
        chance_allowed=allowed,
        is_capped=up_to < wanted,
    )


def _largest_missed(allowed: Real, lot: Real, mean: Real, variance: Real) -> Real:
    """The largest whole position at which `chance_missed` is above what is allowed; -1: none is.

    By doubling from a little above the mean, and halving: exact.
    """
    point = np.where(allowed < 1, 0.0, -1.0)
    point[np.isnan(allowed)] = np.nan
    left = np.flatnonzero(allowed < 1)
    low = np.zeros(len(left))
    high = np.ceil(mean[left] + 2 * np.sqrt(variance[left])) + 1
    bracketed = np.zeros(len(left), dtype=np.bool_)
    while len(left):
        middle = np.where(bracketed, np.floor((low + high) / 2), high)
        due = chance_missed(middle, lot[left], mean[left], variance[left]) > allowed[left]
        low = np.where(due, middle, low)
        high = np.where(due, np.where(bracketed, high, 2 * high + 1), middle)
        bracketed |= ~due
        is_open = ~bracketed | (high - low > 1)
        point[left] = low
        left, low, high, bracketed = left[is_open], low[is_open], high[is_open], bracketed[is_open]
    return point
