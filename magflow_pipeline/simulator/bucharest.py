"""The marketplace's clock: Bucharest time without a zone, as eMAG writes and reads it.

Belongs here: the way between seconds since 1970 (UTC) and local seconds (the same count on the clock
of the wall). When the clocks go back, an hour of local seconds comes twice, as in eMAG's texts.
"""

from __future__ import annotations

import calendar
import re
import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Bucharest")
HOUR = 3600
FORMAT = "%Y-%m-%d %H:%M:%S"
PATTERN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)


@lru_cache(maxsize=20_000)
def _offset(hour: int) -> int:
    offset = datetime.fromtimestamp(hour * HOUR, ZONE).utcoffset()
    return round((offset or timedelta()).total_seconds())


def to_local(moment: int) -> int:
    """Local seconds of a moment: the clocks of this zone change on whole hours of UTC."""
    return moment + _offset(moment // HOUR)


@lru_cache(maxsize=2_000)
def midnight(day: int) -> int:
    """The moment at which a day (an ordinal) begins."""
    return round(datetime.combine(date.fromordinal(day), datetime.min.time(), ZONE).timestamp())


def day_of(moment: int) -> int:
    """The day (an ordinal) of a moment."""
    return datetime.fromtimestamp(moment, ZONE).date().toordinal()


def text(local_seconds: int) -> str:
    """Local seconds as eMAG writes them: 2026-11-25 20:14:08."""
    return time.strftime(FORMAT, time.gmtime(local_seconds))


def read(written: str) -> int:
    """Local seconds of a text in eMAG's format.

    Raises:
        ValueError: It is written in another way, or is no time.
    """
    if not PATTERN.fullmatch(written):
        raise ValueError(f"not YYYY-mm-dd HH:ii:ss: {written!r}")
    return calendar.timegm(time.strptime(written, FORMAT))


def a_month_later(local_seconds: int) -> int:
    """The same time of the next month, or of its last day."""
    told = datetime.fromtimestamp(local_seconds, UTC)
    year, month = (told.year + 1, 1) if told.month == 12 else (told.year, told.month + 1)
    last = calendar.monthrange(year, month)[1]
    return calendar.timegm(told.replace(year=year, month=month, day=min(told.day, last)).timetuple())
