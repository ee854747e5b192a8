"""Bucharest time: for people, who see the zone's name beside it, and for the hours of the schedules.

Not here: times for programs, which are ISO 8601 with an offset.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = "Europe/Bucharest"
BUCHAREST = ZoneInfo(ZONE)


def clock(moment: datetime) -> datetime:
    """The time in Bucharest, to the second; without a zone, which spreadsheets do not support."""
    return moment.astimezone(BUCHAREST).replace(tzinfo=None, microsecond=0)


def local(moment: datetime | None) -> str:
    """The time in Bucharest as YYYY-MM-DD HH:MM:SS; empty for None."""
    return f"{clock(moment):%Y-%m-%d %H:%M:%S}" if moment else ""
