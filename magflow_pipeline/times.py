"""Bucharest time: for people, who see the zone's name beside it, and for the hours of the schedules.

Not here: times for programs, which are ISO 8601 with an offset.
"""

import re
from datetime import date, datetime, time
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

ZONE = "Europe/Bucharest"
BUCHAREST = ZoneInfo(ZONE)


def clock(moment: datetime) -> datetime:
    """The time in Bucharest, to the second; without a zone, which spreadsheets do not support."""
    return moment.astimezone(BUCHAREST).replace(tzinfo=None, microsecond=0)


def local(moment: datetime | None) -> str:
    """The time in Bucharest as YYYY-MM-DD HH:MM:SS; empty for None."""
    return f"{clock(moment):%Y-%m-%d %H:%M:%S}" if moment else ""


def day_of(moment: datetime) -> date:
    """The day in Bucharest."""
    return moment.astimezone(BUCHAREST).date()


class QuietHours(NamedTuple):
    """The hours of the day, in Bucharest, from `start` to `end`, which may be on the next day."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `22:00-07:00`.

        Raises:
            ValueError: it is not written so, or has no length.
        """
        found = re.fullmatch(r"\s*([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3]):([0-5]\d)\s*", text)
        hours = [int(each) for each in found.groups()] if found else [0, 0, 0, 0]
        quiet = cls(time(hours[0], hours[1]), time(hours[2], hours[3]))
        if quiet.start == quiet.end:
            raise ValueError("write the hours in Bucharest as 22:00-07:00, or leave it out")
        return quiet

    def cover(self, moment: datetime) -> bool:
        """Whether it is quiet at `moment`: by the clock on the wall, also on the days when it is changed.

        >>> from datetime import UTC
        >>> QuietHours.parse("22:00-07:00").cover(datetime(2026, 11, 25, 4, 59, tzinfo=UTC))
        True
        """
        clock_time = clock(moment).time()
        if self.start < self.end:
            return self.start <= clock_time < self.end
        return clock_time >= self.start or clock_time < self.end
