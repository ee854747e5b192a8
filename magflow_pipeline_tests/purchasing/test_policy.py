"""Reorder points and lots against sums over the distribution, against brute force, and as they must behave."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from magflow_pipeline.purchasing import policy

FOR_EVER = 1e12  # days that a stock may last
rates = some.floats(0.001, 500)
costs = some.floats(0.5, 2000)
rises = some.floats(1, 20)


def one(*values: float) -> list[np.ndarray]:
    """Arrays of one item."""
    return [np.asarray([value], dtype=float) for value in values]


def short_by_hand(position: int, mean: float, variance: float) -> float:
    """1 less the chance of each number up to `position`, in logarithms."""
    if position <= 0:
        return 1
    if variance <= mean:
        chances = [math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(position)]
    else:
        size, part = mean**2 / (variance - mean), mean / variance
        chances = [
            math.exp(
                math.lgamma(k + size)
                - math.lgamma(size)
                - math.lgamma(k + 1)
                + size * math.log(part)
                + k * math.log1p(-part)
            )
            for k in range(position)
        ]
    return 1 - math.fsum(chances)


@settings(max_examples=200, deadline=None)
@given(some.integers(-3, 300), some.floats(0.01, 200), some.one_of(some.just(1.0), some.floats(1.01, 10)))
def test_the_chance_of_being_short_is_what_the_distribution_leaves(position, mean, scatter):
    found = policy.chance_short(*one(position, mean, mean * scatter))
    assert found[0] == pytest.approx(short_by_hand(position, mean, mean * scatter), abs=1e-9)


@pytest.mark.parametrize("scatter", [0.5, 1, 1 + 1e-9, 1.00001, 5])
def test_a_million_pieces_have_the_chances_of_a_normal_distribution(scatter):
    mean, variance = 1e6, 1e6 * max(scatter, 1)
    for deviations, chance in ((0, 0.5), (1, 0.158655), (3, 0.00135)):
        found = policy.chance_short(*one(mean + deviations * math.sqrt(variance), mean, variance))
        assert found[0] == pytest.approx(chance, abs=1e-3)


@settings(max_examples=200, deadline=None)
@given(some.floats(0.01, 3000), some.floats(1, 10), some.floats(1e-6, 1.9), some.floats(1, 3000))
def test_the_reorder_point_is_the_largest_stock_at_which_one_orders(mean, scatter, allowed, lot):
    [mean_of, variance] = one(mean, mean * scatter)
    # A demand and margin of 1 over one day, with the review: allowed is the daily capital cost of a lot.
    found = policy.levels(
        *(mean_of, mean_of * 0, variance, *one(0, 0, 365 * allowed * mean / lot, 1, lot)),
        capital_cost=1,
        review_days=1,
        most_cover_days=FOR_EVER,
    )
    assert found.chance_allowed[0] == pytest.approx(min(allowed, policy.MOST_CHANCE))
    point = found.reorder_point
    assert point[0] >= 0
    assert policy.chance_missed(point, *one(lot), mean_of, variance)[0] > found.chance_allowed[0]
    assert policy.chance_missed(point + 1, *one(lot), mean_of, variance)[0] <= found.chance_allowed[0]


@settings(max_examples=100, deadline=None)
@given(some.integers(0, 100), some.integers(1, 30), some.floats(0.01, 80), some.floats(1.01, 10))
def test_a_piece_more_takes_from_the_demand_that_finds_no_stock_what_it_is_said_to(position, lot, mean, scatter):
    """Against the sum over all positions from the reorder point up to a lot above it (Hadley and Whitin 1963)."""

    def finds_none(point: int) -> float:
        return sum(short_by_hand(each, mean, mean * scatter) for each in range(point, point + lot)) / lot

    short = short_by_hand(position, mean, mean * scatter)
    assume(abs(short - policy.MOST_CHANCE) > 1e-6)
    saved = lot * (finds_none(position) - finds_none(position + 1))
    found = policy.chance_missed(*one(position, lot, mean, mean * scatter))
    assert found[0] == pytest.approx(short if short > policy.MOST_CHANCE else saved, abs=1e-9)


def test_of_what_is_bought_in_small_lots_less_is_kept():
    """60 days of 2 a day ± 15: a piece more is missed in one lot of many, however long the shortage lasts."""
    small, large = (
        policy.levels(*one(2, 0.1, 5, 60, 15, 460, 670, lot), capital_cost=0.4 * 60 / lot) for lot in (6, 60)
    )
    assert small.chance_allowed == pytest.approx(large.chance_allowed)
    assert small.reorder_point[0] < large.reorder_point[0]


@settings(max_examples=200, deadline=None)
@given(rates, rises, some.floats(1, 8), some.floats(0, 2), some.floats(1, 90), some.floats(0, 0.6), costs, rises)
def test_reorder_point_and_lot_never_fall_when_more_is_expected(
    rate, more, scatter, error, lead, spread, unit_cost, ratio
):
    """With the same scatter of a piece and the same relative error: 13.7's property for the levels."""
    expected = np.asarray([rate, rate * more])
    cost, margin = np.full(2, unit_cost), np.full(2, unit_cost / ratio)
    lot = policy.lots(expected, cost, 5000.0, least=3)
    found = policy.levels(
        expected,
        expected * error,
        expected * scatter,
        np.full(2, lead),
        np.full(2, lead * spread),
        cost,
        margin,
        lot,
        capital_cost=0.4,
    )
    assert lot[0] <= lot[1]
    assert found.reorder_point[0] <= found.reorder_point[1]
    assert found.order_up_to[0] <= found.order_up_to[1]


@settings(max_examples=100, deadline=None)
@given(some.floats(0.05, 3), some.floats(1, 3))
def test_dearer_capital_never_raises_a_level(capital_cost, more):
    chance = np.random.default_rng(1)
    expected, cost = np.exp(chance.normal(-1, 1.5, 50)), np.exp(chance.normal(3, 1, 50))
    lot = policy.lots(expected, cost, 2000.0)
    low, high = (
        policy.levels(
            expected, 0.2 * expected, 2 * expected, *np.full((2, 50), 20), cost, cost / 2, lot, capital_cost=each
        )
        for each in (capital_cost, capital_cost * more)
    )
    assert (low.reorder_point >= high.reorder_point).all()


@settings(max_examples=100, deadline=None)
@given(some.integers(1, 40), some.floats(0.5, 300), some.one_of(some.none(), some.floats(0.1, 500)), some.floats(1, 20))
def test_the_cost_of_a_line_makes_as_many_lines_as_wanted(items, least, wanted, scatter):
    """An order is larger than its lot by what the day sells beyond the reorder point."""
    chance = np.random.default_rng(items)
    expected, cost = np.exp(chance.normal(-1, 1.5, items)), np.exp(chance.uniform(2, 4, items))
    expected *= np.exp(chance.uniform(3, 5, items)) / (expected * cost)  # none stands out
    kappa = policy.line_cost(expected, expected * scatter, cost, wanted, least)
    # Of each item one at each review, a day, at most.
    beyond = (scatter + expected) / 2
    lots = policy.lots(expected, cost, kappa, least, FOR_EVER) + beyond
    lines = 7 * float(np.sum(np.minimum(expected / lots, 1)))
    usual_lots = np.maximum(30 * expected, max(least, 1)) + 0.5 + beyond
    usual = 7 * policy.LINES_PART * float(np.sum(expected / usual_lots))
    assert lines <= (usual if wanted is None else wanted) * (1 + 1e-6) or kappa > 0
    assume(kappa > 0)
    assert lines == pytest.approx(usual if wanted is None else wanted, rel=1e-5)


def test_an_impossible_demand_does_not_make_the_lots_of_the_others_large():
    """One item that sold 1,000,000,000 pieces a day made a year's lots of all others."""
    expected, cost = np.full(100, 2.0), np.full(100, 20.0)
    usual = policy.lots(expected, cost, policy.line_cost(expected, expected, cost))
    expected[0] = 1e9
    lots = policy.lots(expected, cost, policy.line_cost(expected, expected, cost))
    assert (lots[1:] < 2 * usual[1:]).all()


@pytest.mark.parametrize("items", [2, 3, 5, 20])
@pytest.mark.parametrize("absurd", [1e4, 1e9, 1e15])
def test_in_a_tiny_shop_one_item_does_not_decide_the_lots_of_the_others(items, absurd):
    """Three items, of which one is expected to sell a billion pieces a day: the others were bought for a year."""
    expected, cost = np.geomspace(1, 4, items), np.full(items, 20.0)
    usual = policy.lots(expected, cost, policy.line_cost(expected, expected, cost))
    expected[-1] = absurd
    lots = policy.lots(expected, cost, policy.line_cost(expected, expected, cost))
    assert (lots[:-1] < 2 * usual[:-1]).all()
    assert (lots[:-1] > 0.4 * usual[:-1]).all()


def test_lots_are_the_economic_order_quantity():
    """2 · 5 RON a line · 0.5 pieces a day, at a capital cost of 0.001 a day and 10 RON a piece: √500 pieces."""
    assert policy.lots(*one(0.5, 10), kappa=5 / 0.001)[0] == pytest.approx(math.sqrt(500))


def test_unknown_is_never_a_level_and_never_zero():
    known = (1.0, 0.1, 1.5, 10.0, 2.0, 5.0, 3.0, 4.0)
    assert not np.isnan(policy.levels(*one(*known), capital_cost=0.4).reorder_point[0])
    for place in range(len(known)):
        values = [math.nan if each == place else value for each, value in enumerate(known)]
        assert np.isnan(np.asarray(policy.levels(*one(*values), capital_cost=0.4))[:3]).all(), place
    assert np.isnan(policy.lots(*one(math.nan, 5), kappa=1.0)[0])


def test_what_earns_less_than_its_lot_costs_is_not_worth_keeping():
    """A lot of 1 at 100 RON and a capital cost of 40 % costs 0.11 RON a day; 0.005 and 0.008 pieces earn 10 each."""
    rare, slow, lost = (
        policy.levels(*one(*each), capital_cost=0.4)
        for each in (
            (0.005, 0, 0.005, 10, 0, 100, 10, 1),
            (0.008, 0, 0.008, 10, 0, 100, 10, 1),
            (5, 0, 5, 10, 0, 100, -1, 1),
        )
    )
    assert (rare.reorder_point[0], slow.reorder_point[0], lost.reorder_point[0]) == (-1, 0, -1)
    assert (rare.chance_allowed[0], lost.chance_allowed[0]) == (math.inf, math.inf)
    assert slow.chance_allowed[0] == policy.MOST_CHANCE


def test_the_variance_has_three_parts():
    mean, variance = policy.lead_time_demand(*one(2, 0.4, 3, 10, 4))
    assert (mean[0], variance[0]) == (20, pytest.approx(3 * 10 + (policy.ERROR_PART * 0.4 * 10) ** 2 + (2 * 4) ** 2))


def test_rounding_up_to_packs_is_in_the_order_up_to_level():
    """On average it adds half a pack: with it lots are as large as wanted."""
    loose, packed = (
        policy.levels(*one(2, 0.1, 3, 20, 3, 10, 5, 30), capital_cost=0.4, pack_size=each) for each in (1, 11)
    )
    assert loose.reorder_point == packed.reorder_point
    assert (loose.order_up_to - packed.order_up_to)[0] == 5
