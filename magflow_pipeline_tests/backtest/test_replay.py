"""The rules of the back-test, by hand; what no policy may see; and that the project's own rule beats the plain one."""

import dataclasses
from datetime import date, timedelta

import numpy as np
import pytest

from magflow_pipeline.backtest import compare
from magflow_pipeline.backtest.choices import Generated
from magflow_pipeline.backtest.generated import generate
from magflow_pipeline.backtest.history import LEARNING_DAYS, History, Items, draw_lead_times
from magflow_pipeline.backtest.policies import Demand, Fixed, Plain, StockDerived
from magflow_pipeline.backtest.replay import in_packs, replay

RULES = {"demand": lambda items: Demand(items, 0.4), "plain": lambda items: Plain(items, 1.3)}


def history_of(wanted: list[int], opening: int = 0, lead: int = 2, **terms: float) -> History:
    """One item with nothing wanted on the learning days, and then these pieces."""
    units = np.asarray([[0]] * LEARNING_DAYS + [[each] for each in wanted], dtype=np.float32)
    values = {"cost": 10, "price": 25, "lead": lead, "spread": 0, "moq": 1, "pack": 1, "opening": opening, **terms}
    items = Items(["A"], *(np.asarray([each], dtype=float) for each in values.values()))
    unknown = np.full_like(units, np.nan)
    return History(
        date(2025, 1, 1), items, units, unknown, np.zeros(len(units), bool), draw_lead_times(len(units), items)
    )


class Orders:
    """Orders what it is told to; keeps what it saw."""

    def __init__(self, *pieces: int) -> None:
        self.pieces = list(pieces)
        self.saw: list[tuple[float, float, bool]] = []
        self.positions: list[tuple[float, float]] = []

    def learn(self, sold, share, sold_out, *, is_campaign):  # noqa: ARG002  # as every policy
        self.saw.append((float(sold[0]), float(share[0]), bool(sold_out[0])))

    def order(self, stock, on_order):
        self.positions.append((float(stock[0]), float(on_order[0])))
        return np.asarray([self.pieces.pop(0) if self.pieces else 0], dtype=float)


def test_arrivals_come_in_the_morning_and_what_cannot_be_sold_is_lost():
    """The stock of 3 counts on day 181; its evening's order of 5 can be sold two days later."""
    rule = Orders(5)
    found = replay(history_of([2, 4, 1, 0, 6], opening=3), rule)
    assert found.lost[:, 0].tolist() == [0, 3, 0, 0, 2]
    assert found.stock[:, 0].tolist() == [1, 0, 4, 4, 0]
    assert rule.positions == [(1, 5 - 5), (0, 5), (4, 0), (4, 0), (0, 0)]
    assert list(found.orders(history_of([0]))) == [(date(2025, 1, 1) + timedelta(180), "A", 5)]


def test_a_policy_sees_what_was_sold_not_what_was_wanted():
    """Of the 4 and the 9 pieces wanted one and none could be sold."""
    rule = Orders()
    replay(history_of([2, 4, 9], opening=3), rule)
    assert rule.saw[LEARNING_DAYS:] == [(2, 1, False), (1, 1, True), (0, 0, False)]


def test_what_stock_outs_hid_changes_no_order():
    history = generate(Generated.UNEVEN, seed=3, items=80, days=300)
    for rule in RULES.values():
        first = replay(history, rule(history.items))
        units = history.units.copy()
        units[LEARNING_DAYS:] += 1000 * (first.stock == 0)
        again = replay(history._replace(units=units), rule(history.items))
        np.testing.assert_array_equal(again.ordered, first.ordered)
        assert again.lost.sum() > first.lost.sum() + 1000


@pytest.mark.parametrize("name", RULES)
def test_a_future_that_is_cut_off_or_poisoned_changes_no_order(name):
    """Also of campaigns to come, and of lead times of later orders."""
    history = generate(Generated.UNEVEN, seed=4, items=80, days=320)
    rule, known = RULES[name], LEARNING_DAYS + 60
    whole = replay(history, rule(history.items)).ordered[:60]
    assert whole.any()
    cut = History(history.first_day, history.items, *(each[:known] for each in history[2:]))
    np.testing.assert_array_equal(replay(cut, rule(history.items)).ordered, whole)
    poisoned = History(history.first_day, history.items, *(each.copy() for each in history[2:]))
    poisoned.units[known:] = 10_000
    poisoned.share[known:] = 0
    poisoned.is_campaign[known:] = True
    poisoned.lead_times[known:] = 1
    np.testing.assert_array_equal(replay(poisoned, rule(history.items)).ordered[:60], whole)


def test_what_never_sold_is_never_ordered():
    history = generate(Generated.EVEN, seed=5, items=60, days=260)
    history.units[:, ::3] = 0
    ordered = replay(history, Demand(history.items, 0.05)).ordered
    assert not ordered[:, ::3].any()
    assert ordered.any()


def test_what_sold_its_last_piece_on_its_first_day_is_ordered_again():
    """Without a day on which it could be sold nothing more was ever known of it, and it stayed out of stock."""
    history = history_of([1] + [0, 1] * 30, opening=1)
    assert replay(history, Demand(history.items, 0.4)).ordered.any()


def test_orders_are_at_least_what_is_wanted_and_the_moq_in_whole_packs():
    terms = history_of([0], moq=25, pack=10).items
    assert [int(in_packs(np.asarray([each]), terms)[0]) for each in (0, 0.2, 30, 30.1)] == [0, 30, 30, 40]


def test_fixed_levels_are_10_20_100():
    terms = history_of([0]).items
    rule = Fixed(terms, 1)
    assert [float(rule.order(np.asarray([stock]), np.asarray([5.0]))[0]) for stock in (0.0, 15.0, 16.0)] == [95, 80, 0]


def test_the_old_rule_derives_its_levels_from_the_stock():
    """None: 10 and 100; under 10: 20 and 100; else 30 % of the stock, at which no stock ever is."""
    rule = StockDerived(history_of([0]).items, 1)
    cases = {(0, 0): 100, (0, 11): 0, (9, 0): 91, (9, 12): 0, (10, 0): 0, (1000, 0): 0}
    for (stock, on_order), pieces in cases.items():
        assert float(rule.order(np.asarray([float(stock)]), np.asarray([float(on_order)]))[0]) == pieces


def test_plain_is_the_mean_of_90_in_stock_days_with_lots_of_30():
    """One piece on each second day, in stock: 0.5 a day, 0.5 its deviation, over three days."""
    history = history_of([0], lead=2)
    rule = Plain(history.items, 1.3)
    for day in range(400):
        is_out = day % 4 == 3
        share = np.asarray([0.0 if is_out else 1.0])
        rule.learn(np.asarray([0.0 if is_out else [1, 0, 1][day % 4]]), share, np.asarray([False]), is_campaign=False)
    mean, deviation = 2 / 3, (2 / 9) ** 0.5
    point = mean * 3 + 1.3 * deviation * 3**0.5
    assert float(rule.order(np.asarray([3.0]), np.asarray([0.0]))[0]) == pytest.approx(point + 30 * mean - 3)
    assert float(rule.order(np.asarray([4.0]), np.asarray([0.0]))[0]) == 0


def test_outcomes_are_sums_over_days_and_items():
    history = history_of([2, 4, 1, 0, 6], opening=3)
    found = compare.measured(history, replay(history, Orders(5)), 0.4)
    assert (found.lost_units, found.lost_sales_ron, found.lost_margin_ron) == (5, 125, 75)
    assert found.average_capital_ron == pytest.approx(10 * (1 + 0 + 4 + 4 + 0) / 5)
    assert (found.orders, found.stockout_days, found.decisions_per_week) == (1, 2, 7 / 5)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "most"), [(Generated.EVEN, 0.6), (Generated.UNEVEN, 0.85)])
def test_at_the_capital_of_plain_less_is_lost_with_no_more_order_lines(kind, most):
    """`benchmarks/backtest.py` has more seeds and items."""
    history = generate(kind, seed=1, items=400, days=540)
    kinds = compare.kinds(0.4, None)
    kinds["demand"] = dataclasses.replace(kinds["demand"], curve=(0.7, 1.5))
    found = compare.compare(history, kinds.items())
    plain = found["plain"].outcome
    lost = found["demand"].at_capital(plain.average_capital_ron)
    assert lost is not None
    assert lost < most * plain.lost_margin_ron
    for each in found["demand"].curve:
        assert each.decisions_per_week < 1.05 * plain.decisions_per_week
    knobs = [each.knob for each in found["demand"].curve]
    assert knobs == [1.5, 0.7, 0.4]  # dearer capital, less of it
    assert [each.lost_margin_ron for each in found["demand"].curve] == sorted(
        (each.lost_margin_ron for each in found["demand"].curve), reverse=True
    )
