"""Which windows there are, which are due, and what each asks: pure functions, compared with the days they stand for."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magflow_pipeline.emag.orders import read_time
from magflow_pipeline.orders.windows import (
    CREATED,
    DAYS,
    MODIFIED,
    Window,
    ask,
    due_windows,
    midnight,
    missing_windows,
)
from magflow_pipeline.times import day_of

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LONGEST = timedelta(days=28)


def of(windows, order_type, axis):
    return sorted(each for each in windows if (each.order_type, each.axis) == (order_type, axis))


def read(window, now=NOW):
    return window._replace(read_to=min(window.ends_at, now), read_at=now)


def test_the_first_windows_cover_history_and_present_of_both_types():
    windows = missing_windows([], NOW, 400)
    for order_type in (3, 2):
        created = of(windows, order_type, CREATED)
        assert day_of(created[0].starts_at) == date(2026, 11, 25) - timedelta(days=400)
        assert created[-1].starts_at <= NOW < created[-1].ends_at
        assert all(earlier.ends_at == later.starts_at for earlier, later in pairwise(created))
        [modified] = of(windows, order_type, MODIFIED)
        assert modified.starts_at == midnight(date(2026, 11, 25))
    assert missing_windows(windows, NOW, 400) == []


def test_ninety_days_are_there_after_the_present_and_four_windows():
    """Demand is usable while the rest of the history is still being read."""
    due = [each for each in due_windows(missing_windows([], NOW, 400), NOW) if each.axis == CREATED]
    first_ten = due[:10]  # of two types
    assert min(each.starts_at for each in first_ten) <= NOW - timedelta(days=90)
    assert {each.order_type for each in first_ten[:2]} == {2, 3}


def test_the_present_comes_first_and_history_from_the_newest_back():
    windows = missing_windows([], NOW, 78)
    due = due_windows(windows, NOW)
    assert [(each.is_current(NOW), each.axis, each.order_type) for each in due[:4]] == [
        (True, CREATED, 3),
        (True, CREATED, 2),
        (True, MODIFIED, 3),
        (True, MODIFIED, 2),
    ]
    history = due[4:]
    assert [each.starts_at for each in history] == sorted((each.starts_at for each in history), reverse=True)
    assert len(history) == 2 * 3


def test_history_that_failed_comes_after_the_rest():
    """One month that the marketplace never sends would keep all months before it unread."""
    windows = missing_windows([], NOW, 100)
    newest = max(each for each in of(windows, 3, CREATED) if not each.is_current(NOW))
    due = due_windows([each._replace(has_failed=each == newest) for each in windows], NOW)
    assert due[-1] == newest._replace(has_failed=True)


def test_what_was_read_is_due_no_more_and_the_present_always():
    windows = [read(each) for each in missing_windows([], NOW, 400)]
    assert due_windows(windows, NOW) == []
    later = NOW + timedelta(minutes=30)
    assert len(due_windows(windows, later)) == 4
    assert all(each.is_current(later) for each in due_windows(windows, later))


def test_a_longer_history_adds_only_what_is_older():
    known = missing_windows([], NOW, 100)
    added = missing_windows(known, NOW + timedelta(days=1), 200)
    assert {each.axis for each in added} == {CREATED}
    assert max(each.ends_at for each in added) == min(each.starts_at for each in known if each.axis == CREATED)
    assert missing_windows(known + added, NOW, 50) == [], "a shorter one takes nothing away"


def test_weeks_without_a_sync_are_asked_for_afterwards():
    known = [read(each) for each in missing_windows([], NOW, 30)]
    later = NOW + timedelta(days=70)
    windows = known + missing_windows(known, later, 30)
    for order_type in (3, 2):
        for axis in (CREATED, MODIFIED):
            mine = of(windows, order_type, axis)
            assert all(earlier.ends_at == each.starts_at for earlier, each in pairwise(mine))
            missing = [
                each for each in due_windows(windows, later) if (each.order_type, each.axis) == (order_type, axis)
            ]
            asked = sorted((ask(each, later).asked_from, ask(each, later).asked_to) for each in missing)
            assert asked[0][0] <= NOW
            assert asked[-1][1] >= later
            assert all(next_from <= end for (_, end), (next_from, _) in pairwise(asked))


def test_a_hole_between_windows_is_filled():
    """Rows that somebody deleted would be a gap for ever."""
    known = missing_windows([], NOW, 400)
    gone = of(known, 3, CREATED)[5]
    left = [each for each in known if each != gone]
    assert missing_windows(left, NOW, 400) == [gone]


def test_the_last_months_are_read_again_after_a_week():
    windows = [read(each, NOW - timedelta(days=8)) for each in missing_windows([], NOW - timedelta(days=8), 400)]
    stale = [each for each in due_windows(windows, NOW) if not each.is_missing(NOW)]
    assert {each.axis for each in stale} == {CREATED}
    assert min(each.ends_at for each in stale) > NOW - timedelta(days=120)
    again = ask(stale[0], NOW)
    assert (again.asked_from, again.reads_to) == (stale[0].starts_at - timedelta(days=1), stale[0].ends_at)


@given(
    now=st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # given its zone beside
    days=st.integers(1, 900),
    gap=st.integers(0, 100_000),
)
def test_every_moment_is_asked_for_and_no_question_is_longer_than_28_days(now, days, gap):
    """In naive times of Bucharest, which the marketplace compares: hours that come twice or never are in between."""
    windows = missing_windows([], now, days)
    later = now + timedelta(minutes=gap)
    known = [read(each, now) for each in windows]
    for each in [*windows, *known, *missing_windows(known, later, days)]:
        question = ask(each, later)
        after, before = question.filters[f"{each.axis}After"], question.filters[f"{each.axis}Before"]
        naive = [datetime.fromisoformat(text) for text in (after, before)]
        if each.starts_at < later:
            assert timedelta(0) < naive[1] - naive[0] <= LONGEST
            assert question.reads_to <= later
        begin, end = read_time(after), read_time(before)
        assert begin is not None
        assert end is not None
        # Whatever the zone of the marketplace is, UTC or Bucharest in summer, the window is inside.
        assert begin + timedelta(hours=3) <= (each.read_to if each.read_to and each.read_to < later else each.starts_at)
        if each.starts_at < later:
            assert end >= question.reads_to + timedelta(hours=1)


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_trap_40_windows_begin_at_midnight_also_when_the_clocks_change(night):
    day = date.fromisoformat(night)
    assert midnight(day + timedelta(days=1)) - midnight(day) == timedelta(hours=23 if night < "2026-06" else 25)
    windows = missing_windows([], midnight(day) + timedelta(hours=12), 60)
    assert all(each.starts_at == midnight(day_of(each.starts_at)) for each in windows)
    assert max(each.ends_at - each.starts_at for each in windows) <= timedelta(days=DAYS, hours=1)


def test_a_window_has_a_name_for_people():
    window = Window(3, CREATED, midnight(date(2026, 10, 1)), midnight(date(2026, 10, 27)))
    assert window.name == "orders of type 3 created 2026-10-01 to 2026-10-26"
