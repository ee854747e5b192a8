"""The clocks of Bucharest: times as people read them, with the zone's name beside them, and the hours of the schedules.

Machines get ISO 8601 with its offset.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = "Europe/Bucharest"
BUCHAREST = ZoneInfo(ZONE)


def clock(moment: datetime) -> datetime:
    """What the clocks of Bucharest show, to the second; without a zone, which spreadsheets do not know."""
    return moment.astimezone(BUCHAREST).replace(tzinfo=None, microsecond=0)


def local(moment: datetime | None) -> str:
    """A time for people; nothing where there is none."""
    return f"{clock(moment):%Y-%m-%d %H:%M:%S}" if moment else ""
