"""The arithmetic of demand, against the same rules written for one item in plain Python (rules.md: Demand).

statsforecast is no oracle here: it has none of these rules, and brings scipy, statsmodels and an older pandas with it.
"""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.typing import NDArray

from magflow_pipeline.demand.forecast import (
    Expected,
    Means,
    Pool,
    Series,
    capped_units,
    counted_share,
    demand_class,
    expected,
    means,
    sales_seen,
)
from magflow_pipeline_tests.demand.histories import History, even, uneven

POOL = Pool(rate=0.1, uplift=2.0)


def series_of(
    units: Sequence[Sequence[float]] | NDArray[np.floating],
    share: Sequence[Sequence[float]] | NDArray[np.floating] | None = None,
    largest_order: NDArray[np.floating] | None = None,
    is_old: bool = False,
) -> Series:
    """A series of days and items; not known when it could be sold, if that is not given."""
    pieces = np.asarray(units, dtype=np.float32)
    return Series(
        pieces,
        np.zeros_like(pieces) if largest_order is None else np.asarray(largest_order, dtype=np.float32),
        np.full_like(pieces, np.nan) if share is None else np.asarray(share, dtype=np.float32),
        np.full(pieces.shape[1], is_old),
    )


def learn(series: Series, is_campaign: NDArray[np.bool_] | None = None) -> tuple[Means, Expected]:
    """Everything that is learned of a series."""
    campaigns = np.zeros(len(series.units), dtype=np.bool_) if is_campaign is None else is_campaign
    counted, calendar = counted_share(series)
    capped = capped_units(series, counted)
    return means(series, capped, counted, calendar, campaigns), expected(capped, counted, campaigns, POOL)


def column(units: Sequence[float], share: Sequence[float] | None = None, **others: bool) -> tuple[Means, Expected]:
    """What is learned of one item."""
    return learn(series_of([[each] for each in units], None if share is None else [[each] for each in share], **others))


@some.composite
def histories(draw: some.DrawFn) -> Series:
    """Histories with gaps, days out of stock, days of unknown stock, and spikes."""
    chance = np.random.default_rng(draw(some.integers(0, 2**32 - 1)))
    shape = draw(some.integers(1, 60)), draw(some.integers(1, 6))
    units = chance.poisson(np.exp(chance.normal(-1, 1.5, shape[1])), shape).astype(np.float32)
    units[chance.random(shape) < 0.02] += 500
    units[chance.random(shape[0]) < 0.1] = np.nan
    share = chance.choice(np.asarray([0, 0.5, 1, 1, np.nan], dtype=np.float32), shape)
    largest = np.nan_to_num(units) * (chance.random(shape) < 0.5)
    return Series(units, largest.astype(np.float32), share, chance.random(shape[1]) < 0.3)


def some_of(series: Series, items: Sequence[int] | slice) -> Series:
    """A series of some of the items."""
    return Series(*(each[:, items] for each in series[:3]), series.is_old[items])


def all_numbers(learned: tuple[Means, Expected]) -> NDArray[np.floating]:
    """Every number, by kind and item."""
    return np.asarray([np.asarray(each, dtype=np.float64) for part in learned for each in part])


@settings(max_examples=40, deadline=None)
@given(histories(), some.randoms())
def test_an_item_has_the_same_numbers_in_any_order_and_in_a_block_of_its_own(series, random):
    together = all_numbers(learn(series))
    order = list(range(series.units.shape[1]))
    random.shuffle(order)
    np.testing.assert_array_equal(all_numbers(learn(some_of(series, order))), together[:, order])
    for item in order:
        np.testing.assert_array_equal(all_numbers(learn(some_of(series, [item]))), together[:, [item]])


@settings(max_examples=40, deadline=None)
@given(histories())
def test_what_is_learned_is_what_the_rules_give_for_one_item_after_the_other(series):
    averages, forecast = learn(series)
    for item in range(series.units.shape[1]):
        columns = [each[:, item].astype(float).tolist() for each in series[:3]]
        mean, rate, error, variance = one_item(*columns, bool(series.is_old[item]))
        assert averages.mean_90[item] == pytest.approx(mean, rel=1e-4, nan_ok=True)
        found = [forecast.rate[item], forecast.error[item], forecast.variance[item]]
        assert found == pytest.approx([rate, error, variance], rel=1e-4)


def without_spikes(sold: list[float], orders: list[float], counted: list[float]) -> list[float]:
    """What each day counts as, without numpy."""
    clipped: list[float] = []
    order_spikes, day_spikes = set[int](), set[int]()
    largest = largest_order = 0.0

    def limit(days: int) -> float:
        number = max(sum(each > 0 for each in counted[:days]), 1)
        mean = sum(clipped) / number
        return max(20, 15 * mean, mean + 8 * math.sqrt(max(sum(each**2 for each in clipped) / number - mean**2, 0)))

    for day, (pieces, order) in enumerate(zip(sold, orders, strict=True)):
        most = max(20, 3 * largest_order)
        if order > most:
            order_spikes.add(day)
        largest_order = max(largest_order, min(order, most))
        left, most = pieces - order + min(order, most), max(limit(day), 3 * largest)
        if left > most:
            day_spikes.add(day)
        clipped.append(min(left, most))
        largest = max(largest, clipped[-1])
    usual = max(1, *(0 if day in order_spikes else order for day, order in enumerate(orders)))
    left = [
        each - orders[day] + min(orders[day], usual) if day in order_spikes else each for day, each in enumerate(sold)
    ]
    day_spikes = {day for day in day_spikes if left[day] > limit(len(sold))}
    usual = max(1, *(0 if day in day_spikes else each for day, each in enumerate(left)))
    return [min(each, usual) if day in day_spikes else each for day, each in enumerate(left)]


def one_item(units: list[float], orders: list[float], shares: list[float], is_old: bool) -> tuple[float, ...]:
    """Mean of 90 days, forecast, its error and the variance of a day, without numpy."""
    days = len(units)
    sold = [0 if math.isnan(each) else each for each in units]
    began = next((day for day in range(days) if is_old or sold[day] > 0), days)
    counted = [0.0] * days
    for day in range(began, days):
        if not math.isnan(units[day]):
            counted[day] = 1 if math.isnan(shares[day]) or (sold[day] and not shares[day]) else shares[day]
    capped = without_spikes(sold, orders, counted)
    span = total = 0.0
    for day in reversed(range(days)):
        if counted[day] and span < 90:
            span, total = span + counted[day], total + capped[day]

    lengths = (12, 40, 100, 300)
    sums, spans, scores = [0.0] * 4, [0.0] * 4, [0.0] * 4
    squares, predicted = 15.0, 10.0

    def blend() -> tuple[list[float], list[float]]:
        rates, prior = [], POOL.rate
        for memory in (3, 2, 1, 0):
            prior = (sums[memory] + 2 * prior) / (spans[memory] + 2)
            rates.insert(0, prior)
        dispersion = max(squares / predicted, 1)
        fits = [math.exp((score - max(scores)) / dispersion) for score in scores]
        weights = [math.sqrt(length) * fit for length, fit in zip(lengths, fits, strict=True)]
        return rates, [weight / sum(weights) for weight in weights]

    first = next((day for day in range(days) if counted[day]), days)
    for day in range(first + 1, days):
        share = counted[day]
        if not share:
            continue
        rates, weights = blend()
        likely = share * sum(weight * rate for weight, rate in zip(weights, rates, strict=True))
        kept = math.exp(-share / 400)
        for memory in range(4):
            fit = capped[day] * math.log(rates[memory]) - rates[memory] * share
            scores[memory] = scores[memory] * kept + fit
            sums[memory] = sums[memory] * math.exp(-share / lengths[memory]) + capped[day]
            spans[memory] = spans[memory] * math.exp(-share / lengths[memory]) + share
        squares, predicted = squares * kept + (capped[day] - likely) ** 2, predicted * kept + likely
    rates, weights = blend()
    rate = sum(weight * each for weight, each in zip(weights, rates, strict=True))
    variance = rate * max(squares / predicted, 1)
    error = sum(
        weight * (variance / (2 * spans[memory] / (2 - spans[memory] / lengths[memory]) + 2) + (each - rate) ** 2)
        for memory, (weight, each) in enumerate(zip(weights, rates, strict=True))
    )
    return total / span if span else math.nan, rate, math.sqrt(error), variance


def test_days_out_of_stock_are_not_days_without_demand():
    """Two pieces a day, out of stock for two of three months: two pieces a day, not two thirds of one."""
    averages, forecast = column([2] * 30 + [0] * 60, [1] * 30 + [0] * 60)
    assert averages.mean_90 == [2]
    assert averages.days == [30]
    assert forecast.rate == pytest.approx([2], rel=0.1)


def test_a_window_reaches_back_over_the_days_out_of_stock():
    averages, _ = column([1] * 100 + [0] * 50 + [4] * 10, [1] * 100 + [0] * 50 + [1] * 10)
    assert averages.mean_30 == [(20 * 1 + 10 * 4) / 30]
    assert averages.mean_90 == [(80 * 1 + 10 * 4) / 90]


def test_a_day_that_sold_counts_though_no_sample_saw_it_for_sale():
    averages, _ = column([3] + [0] * 9, [0] * 10)
    assert (averages.days, averages.mean_90) == ([1], [3])


def test_days_before_the_first_sale_do_not_count_unless_it_sold_earlier():
    new, _ = column([0] * 10 + [1] * 10)
    old, _ = column([0] * 10 + [1] * 10, is_old=True)
    assert (new.mean_90, old.mean_90) == ([1], [0.5])


def test_days_in_a_gap_are_unknown_not_days_without_sales():
    averages, forecast = column([1] * 40 + [math.nan] * 40 + [1] * 10)
    assert averages.mean_90 == [1]
    assert averages.days == [50]
    assert forecast.rate == pytest.approx([1], rel=0.05)


def test_calendar_days_are_told_only_where_the_average_counts_them():
    unknown_before = [math.nan] * 100 + [1.0] * 90
    assert column([1] * 190, unknown_before)[0].is_calendar == [False]
    assert column([1] * 190, [math.nan] * 101 + [1.0] * 89)[0].is_calendar == [True]


@pytest.mark.parametrize("usual", [0.2, 2, 60])
def test_one_order_of_800_pieces_moves_nothing_by_more_than_a_few_percent(usual):
    units = np.random.default_rng(1).poisson(usual, 180).astype(float)
    largest = np.minimum(units, 3)
    spiked, with_spike = units.copy(), largest.copy()
    spiked[135] += 800
    with_spike[135] = 800
    before, after = (
        learn(series_of(one[:, None], largest_order=other[:, None]))
        for one, other in ((units, largest), (spiked, with_spike))
    )
    # An item that sells a piece in five days keeps the two pieces of its largest day.
    allowed = 0.14 if usual < 1 else 0.05
    assert after[0].mean_90[0] == pytest.approx(before[0].mean_90[0], rel=allowed)
    assert after[0].raw_mean_90[0] == pytest.approx(before[0].mean_90[0] + 800 / 90)
    assert after[1].rate[0] == pytest.approx(before[1].rate[0], rel=allowed)


def test_a_second_spike_is_one_too():
    units = [1.0] * 170
    units[100] = units[160] = 800
    assert column(units)[0].mean_90[0] < 2


def test_an_item_that_sells_a_thousand_a_day_has_no_spike():
    units = np.random.default_rng(2).poisson(1000, (60, 1)).astype(float)
    series = series_of(units, largest_order=np.full((60, 1), 3))
    np.testing.assert_array_equal(capped_units(series, counted_share(series)[0]), series.units)


def test_campaign_days_are_out_of_the_base_and_are_expected_as_often_as_they_were():
    units, is_campaign = np.full((120, 2), 2.0), np.zeros(120, dtype=np.bool_)
    is_campaign[60:70] = True
    units[60:70, 0] = 8
    averages, forecast = learn(series_of(units), is_campaign)
    np.testing.assert_allclose(averages.mean_90, 2)
    # 80 and 20 pieces where 20 are usual, each with ten more of the catalogue's uplift of 2.
    np.testing.assert_allclose(forecast.uplift, [(80 + 20) / 30, (20 + 20) / 30], rtol=0.02)
    np.testing.assert_allclose(forecast.rate, 2 * (1 + 10 / 120 * (forecast.uplift - 1)), rtol=0.05)


def test_an_item_that_sells_less_since_a_while_is_expected_to():
    _, forecast = column([4] * 120 + [1] * 60)
    assert forecast.rate[0] == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize(
    ("interval", "variation", "named"),
    [
        (1.31, 0.48, "smooth"),
        (1.31, 0.49, "erratic"),
        (1.32, 0.48, "intermittent"),
        (1.32, 0.49, "lumpy"),
        (5, math.nan, ""),
        (math.nan, math.nan, ""),
    ],
)
def test_classes_have_the_limits_of_syntetos_boylan_and_croston(interval, variation, named):
    assert demand_class(np.asarray([interval]), np.asarray([variation])).tolist() == [named]


@pytest.mark.parametrize(
    ("fall", "units", "unexplained", "ratio", "is_elsewhere"),
    [
        (100, 79, 3, 0.79, False),
        (100, 70, 3, 0.70, True),
        (19, 0, 0, 0, False),  # too few to tell
        (20, 15, 0, 0.75, True),
        (520, 20, 500, 20 / 520, False),  # one correction of the stock
        (0, 5, 0, math.nan, False),
    ],
)
def test_sales_are_not_seen_here_when_they_explain_too_little_of_the_fall(
    fall, units, unexplained, ratio, is_elsewhere
):
    found, flag = sales_seen(*(np.asarray([each], dtype=float) for each in (fall, units, unexplained)))
    assert found[0] == pytest.approx(ratio, nan_ok=True)
    assert flag.tolist() == [is_elsewhere]


def wape(history: History, estimate: NDArray[np.floating], day: int) -> float:
    """What is wrong with an estimate of the next 45 days, as a part of what they sell on average."""
    truth = history.rate[day : day + 45].mean(axis=0)
    sold = (history.units[:day] > 0).any(axis=0)
    return float(abs(estimate - truth)[sold].sum() / truth[sold].sum())


def known(history: History, days: int) -> tuple[Series, NDArray[np.bool_]]:
    """The first days of a history."""
    return series_of(history.units[:days], largest_order=history.largest_order[:days]), history.is_campaign[:days]


def test_the_forecast_beats_the_mean_of_90_days_where_all_changes_and_where_nothing_does():
    """decisions.md 3.3: .254 against .319. `benchmarks/demand.py` prints more of it."""
    for history, better in ((uneven(3, days=420), 0.95), (even(3, days=420), 0.9)):
        averages, forecast = learn(*known(history, 360))
        assert wape(history, forecast.usual, 360) < better * wape(history, averages.mean_90, 360)
        assert wape(history, forecast.usual, 360) < 0.8 * wape(history, averages.raw_mean_90, 360)


def test_the_forecast_is_calm_where_sales_scatter_much_about_a_steady_rate():
    """A rule that reacts fast fails on over-dispersed demand (decisions.md 4): memories are judged over a year."""
    chance = np.random.default_rng(1)
    rate = np.exp(chance.normal(-0.5, 1, 300))
    units = chance.poisson(rate * chance.gamma(0.3, 1 / 0.3, (540, 300))).astype(np.float64)
    averages, forecast = learn(series_of(units), np.zeros(540, dtype=np.bool_))
    wrong, wrong_90 = (np.mean(abs(each / rate - 1)) for each in (forecast.rate, averages.mean_90))
    assert wrong < 0.62 * wrong_90


def test_a_first_burst_does_not_make_an_item_forget_its_mean_for_a_year():
    """Weighed before anybody knows of the scatter it would: such an item ordered for 30 a day, and then for one."""
    units = np.zeros(151)
    units[[0, 1, 14, 17, 24, 32, 43, 49, 51, 55, 58]] = [9, 433, 222, 65, 197, 99, 243, 8, 33, 14, 173]
    units[[77, 82, 84, 97, 107, 112, 119, 128, 129]] = [7, 159, 208, 10, 59, 53, 73, 1, 11]
    _, forecast = column(units.tolist())
    assert forecast.rate[0] == pytest.approx(units.mean(), rel=0.4)


def test_the_standard_error_is_about_as_large_as_the_errors():
    for history in (uneven(4, days=420), even(4, days=420)):
        averages, forecast = learn(*known(history, 360))
        truth = history.rate[360:405].mean(axis=0)
        enough = averages.days > 30
        inside = abs(truth - forecast.usual)[enough] < 2 * forecast.error[enough]
        assert 0.85 < inside.mean() <= 1


def test_the_average_of_fast_sellers_is_within_30_percent_of_the_truth_in_nine_of_ten():
    history = uneven(5, items=2000, days=180)
    averages, _ = learn(*known(history, 180))
    truth = history.rate[90:][~history.is_campaign[90:]].mean(axis=0)
    fast = truth > 1
    assert fast.sum() > 100
    assert (abs(averages.mean_90[fast] / truth[fast] - 1) < 0.3).mean() > 0.9
