"""Quiet hours: by the clock on the wall in Bucharest, also when it is changed."""

from datetime import UTC, datetime

import pytest

from magflow_pipeline.settings import ConfigurationError, load_settings
from magflow_pipeline.times import QuietHours


@pytest.mark.parametrize(
    ("at", "is_quiet"),
    [
        ("2026-11-25T19:59", False),  # 21:59
        ("2026-11-25T20:00", True),
        ("2026-11-26T04:59", True),
        ("2026-11-26T05:00", False),  # 07:00
        ("2026-03-28T19:59", False),  # the night in which 03:00 becomes 04:00
        ("2026-03-28T20:00", True),
        ("2026-03-29T03:59", True),  # 06:59, an hour earlier in UTC
        ("2026-03-29T04:00", False),
        ("2026-10-24T18:59", False),  # the night in which 04:00 becomes 03:00
        ("2026-10-24T19:00", True),
        ("2026-10-25T00:30", True),  # 03:30 for the first time
        ("2026-10-25T01:30", True),  # and again
        ("2026-10-25T04:59", True),
        ("2026-10-25T05:00", False),
    ],
)
def test_the_night_is_quiet_from_22_to_7_in_bucharest(at, is_quiet):
    assert QuietHours.parse("22:00-07:00").cover(datetime.fromisoformat(at).replace(tzinfo=UTC)) is is_quiet


def test_quiet_hours_may_lie_within_a_day():
    quiet = QuietHours.parse(" 9:30 - 17:00 ")
    held = [hour for hour in range(24) if quiet.cover(datetime(2026, 11, 25, hour, 15, tzinfo=UTC))]
    assert held == [8, 9, 10, 11, 12, 13, 14]  # two hours behind; 7:15 is 9:15, which is before half past


@pytest.mark.parametrize(
    ("hours", "at", "is_quiet"),
    [
        ("03:15-03:45", "2026-03-29T00:30", False),  # 02:30; the half hour is skipped in this night
        ("03:15-03:45", "2026-03-29T01:00", False),  # 04:00, the next minute after 02:59
        ("02:00-03:30", "2026-03-29T00:59", True),
        ("02:00-03:30", "2026-03-29T01:00", False),  # its end is skipped: over at 04:00, not never
        ("03:30-05:00", "2026-03-29T01:00", True),  # its beginning is skipped
        ("03:15-03:45", "2026-10-25T00:30", True),  # 03:30 for the first time
        ("03:15-03:45", "2026-10-25T00:50", False),
        ("03:15-03:45", "2026-10-25T01:30", True),  # and for the second
        ("03:15-03:45", "2026-10-25T01:45", False),
    ],
)
def test_quiet_hours_within_the_hour_that_is_skipped_or_comes_twice(hours, at, is_quiet):
    assert QuietHours.parse(hours).cover(datetime.fromisoformat(at).replace(tzinfo=UTC)) is is_quiet


@pytest.mark.parametrize("text", ["22-7", "25:00-07:00", "22:00-22:00", "late"])
def test_wrong_quiet_hours_are_a_sentence(monkeypatch, text):
    monkeypatch.setenv("MAGFLOW_QUIET_HOURS", text)
    with pytest.raises(ConfigurationError, match="MAGFLOW_QUIET_HOURS: write the hours in Bucharest as 22:00-07:00"):
        load_settings()
