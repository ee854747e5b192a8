"""What policies cost, each at several values of its knob, so that they can be compared at equal capital.

Belongs here: the measures, the knobs, and the comparison. Not here: the rules of a replay (replay.py), and how it is
shown (showing.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from magflow_pipeline.backtest.history import History, Items
from magflow_pipeline.backtest.policies import Demand, Fixed, Plain, Policy, StockDerived
from magflow_pipeline.backtest.replay import Replayed, replay
from magflow_pipeline.demand.forecast import Flags
from magflow_pipeline.purchasing import policy

Maker = Callable[[Items, float], Policy]

PLAIN_Z = 1.3
"""Deviations of `plain` above the mean: 90 % of lead times without a stock-out, were demand normal."""

REFERENCE = "plain"
"""The policy at whose capital the others are compared."""

HALVINGS = 7
"""Replays that look for the knob at a given capital, after its bounds are known."""


@dataclass(frozen=True)
class Outcome:
    """What a replay cost, over the days after the learning days; money in RON."""

    knob: float
    lost_units: int
    lost_sales_ron: float
    lost_margin_ron: float
    average_capital_ron: float
    """Of the stock in the evenings, at unit cost."""
    orders: int
    """Order lines: an SKU ordered on an evening."""
    stockout_days: int
    """Evenings without stock, of all items."""
    flagged_share: float
    """Part of the items that are on the buyer's list in a week."""
    decisions_per_week: float
    """Order lines a week."""


@dataclass(frozen=True)
class Kind:
    """A policy with its knob."""

    make: Maker
    knob: str
    at: float
    """The value that counts."""
    curve: Sequence[float]


@dataclass(frozen=True)
class Result:
    """What became of one policy."""

    knob: str
    outcome: Outcome
    replayed: Replayed
    curve: Sequence[Outcome]
    """With more capital from each to the next."""

    def at_capital(self, capital: float) -> float | None:
        """Lost margin at an average capital, between two points of the curve, where it falls by ratios.

        None: no two points are around it.
        """
        capitals = [each.average_capital_ron for each in self.curve]
        if not capitals or not capitals[0] <= capital <= capitals[-1]:
            return None
        lost = [max(each.lost_margin_ron, 0.01) for each in self.curve]
        return float(np.exp(np.interp(capital, capitals, np.log(lost))))


def kinds(
    capital_cost: float, lines_a_week: float | None, most_cover_days: float = policy.MOST_COVER_DAYS
) -> dict[str, Kind]:
    """The policies, by name."""
    return {
        "demand": Kind(
            lambda items, knob: Demand(items, knob, lines_a_week, most_cover_days),
            "capital cost a year",
            capital_cost,
            (0.1, 0.25, 0.4, 0.7, 1.1, 1.7, 3.0),
        ),
        "plain": Kind(Plain, "z", PLAIN_Z, (0.0, 0.7, 1.3, 2.0, 3.0, 4.5)),
        "fixed": Kind(Fixed, "scale", 1.0, (0.03, 0.1, 0.3, 1.0)),
        "stock_derived": Kind(StockDerived, "scale", 1.0, (0.03, 0.1, 0.3, 1.0)),
    }


def measured(history: History, replayed: Replayed, knob: float) -> Outcome:
    """The outcome of a replay."""
    items, days = history.items, len(replayed.lost)
    lost = replayed.lost.sum(axis=0)
    is_ordered = replayed.ordered > 0
    orders = int(is_ordered.sum())
    return Outcome(
        knob=knob,
        lost_units=int(lost.sum()),
        lost_sales_ron=float(lost @ items.price),
        lost_margin_ron=float(lost @ items.margin),
        average_capital_ron=float((replayed.stock @ items.unit_cost).mean()),
        orders=orders,
        stockout_days=int((replayed.stock == 0).sum()),
        flagged_share=_share_a_week(is_ordered),
        decisions_per_week=orders * 7 / days,
    )


def compare(history: History, chosen: Iterable[tuple[str, Kind]], *, with_curve: bool = True) -> dict[str, Result]:
    """Replay policies at their knobs, and along their curves."""
    results: dict[str, Result] = {}
    for name, kind in chosen:
        replayed = replay(history, kind.make(history.items, kind.at))
        outcome = measured(history, replayed, kind.at)
        others = [each for each in kind.curve if each != kind.at] if with_curve else []
        curve = [
            outcome,
            *(measured(history, replay(history, kind.make(history.items, knob)), knob) for knob in others),
        ]
        curve.sort(key=lambda each: each.average_capital_ron)
        results[name] = Result(
            kind.knob,
            outcome,
            replayed,
            curve if with_curve else (),
        )
    return results


def knob_at_capital(history: History, kind: Kind, capital: float) -> float:
    """The knob at which a policy has about so much average capital, or comes nearest to it."""

    def capital_at(knob: float) -> float:
        return measured(history, replay(history, kind.make(history.items, knob)), knob).average_capital_ron

    low, high = min(kind.curve), max(kind.curve)
    rises = capital_at(high) > capital_at(low)
    for _ in range(HALVINGS):
        middle = float(np.sqrt(low * high))
        if (capital_at(middle) < capital) == rises:
            low = middle
        else:
            high = middle
    return float(np.sqrt(low * high))


def _share_a_week(is_ordered: Flags) -> float:
    weeks = [is_ordered[first : first + 7].any(axis=0).mean() for first in range(0, len(is_ordered) - 6, 7)]
    return float(np.mean(weeks)) if weeks else float(is_ordered.any(axis=0).mean())
