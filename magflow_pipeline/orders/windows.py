"""The windows of time in which an account's orders are asked for: which there are, which are due, what each asks.

Pure functions; the windows are rows of `emag_order_windows`. Of each order type there are windows by creation, which
cover the history and the present, and windows by change, from the day of the first reading on: what changed before it
was read is read as it is. A window holds 26 days, so that it fits into 28 with its overlaps.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple

from magflow_pipeline.emag.orders import FULFILLED, OWN, asked_time
from magflow_pipeline.times import BUCHAREST, day_of

CREATED, MODIFIED = "created", "modified"
TYPES = (OWN, FULFILLED)
AXES = (CREATED, MODIFIED)
DAYS = 26
# Orders come late: eMAG holds some back until they are paid, and an hour comes twice in autumn. So each reading begins
# a day before the watermark, and ends after its end; what is read twice changes nothing.
BEFORE, AFTER = timedelta(days=1), timedelta(hours=3)
# A change that left no time of change would be missed for ever: the last months are read again now and then.
READ_AGAIN_AFTER, READ_AGAIN_DAYS = timedelta(days=7), timedelta(days=120)


class Window(NamedTuple):
    """A window, with its watermark `read_to` and when that was moved; times are UTC.

    `has_failed`: its last reading did. Such history comes after the rest, so that it does not keep it from being read.
    """

    order_type: int
    axis: str
    starts_at: datetime
    ends_at: datetime
    read_to: datetime | None = None
    read_at: datetime | None = None
    has_failed: bool = False

    @property
    def name(self) -> str:
        """For people: type, axis, and the days in Bucharest."""
        first, last = day_of(self.starts_at), day_of(self.ends_at - timedelta(seconds=1))
        return f"orders of type {self.order_type} {self.axis} {first} to {last}"

    def is_current(self, now: datetime) -> bool:
        """Whether it holds the present."""
        return self.starts_at < now < self.ends_at

    def is_missing(self, now: datetime) -> bool:
        """Whether a part of it that is over was never read whole."""
        return self.starts_at < now and (self.read_to is None or self.read_to < min(self.ends_at, now))

    def is_stale(self, now: datetime) -> bool:
        """Whether it was read so long ago, and is so young, that it is read again."""
        return (
            self.axis == CREATED
            and self.read_at is not None
            and self.read_at < now - READ_AGAIN_AFTER
            and self.ends_at > now - READ_AGAIN_DAYS
        )


@dataclass(frozen=True)
class Question:
    """What a reading of a window asks; `reads_to` is its new watermark."""

    asked_from: datetime
    asked_to: datetime
    reads_to: datetime
    filters: dict[str, int | str]


def midnight(day: date) -> datetime:
    """The start of a day in Bucharest, UTC."""
    return datetime.combine(day, time(), BUCHAREST).astimezone(UTC)


def ask(window: Window, now: datetime) -> Question:
    """What to ask for the part of the window that is not read; for all of it when it has been read."""
    end = min(window.ends_at, now)
    is_read = window.read_to is not None and window.read_to >= end
    asked_from = (window.starts_at if window.read_to is None or is_read else window.read_to) - BEFORE
    asked_to = end + AFTER
    return Question(
        asked_from,
        asked_to,
        end,
        {
            "type": window.order_type,
            f"{window.axis}After": asked_time(asked_from),
            f"{window.axis}Before": asked_time(asked_to),
        },
    )


def missing_windows(known: Sequence[Window], now: datetime, days: int) -> list[Window]:
    """The windows that have to be there besides the known ones, for `days` days of history and the present."""
    first = midnight(day_of(now) - timedelta(days=days))
    today = midnight(day_of(now))
    found: list[Window] = []
    for order_type in TYPES:
        for axis in AXES:
            spans = sorted(
                (each.starts_at, each.ends_at) for each in known if (each.order_type, each.axis) == (order_type, axis)
            )
            free = list(_free_spans(spans, today, now, first if axis == CREATED else today))
            found += [Window(order_type, axis, *span) for span in free]
    return found


def due_windows(windows: Sequence[Window], now: datetime) -> list[Window]:
    """The windows to read, in this order: the present, missing history from the newest to the oldest, stale ones."""

    def order(window: Window) -> tuple[bool, bool, bool, float, int, int]:
        is_past = not window.is_current(now)
        age = -window.starts_at.timestamp() if is_past else 0
        place = (AXES.index(window.axis), TYPES.index(window.order_type))
        return (is_past, not window.is_missing(now), is_past and window.has_failed, age, *place)

    return sorted((each for each in windows if each.is_missing(now) or each.is_stale(now)), key=order)


def _free_spans(
    spans: Sequence[tuple[datetime, datetime]], today: datetime, now: datetime, first: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Spans of at most DAYS days between the known ones, before them from `first` on, and after them up to `now`."""
    if not spans:
        yield today, _later(today, DAYS)
    known = [*spans] if spans else [(today, _later(today, DAYS))]
    for (_, end), (start, _) in pairwise(known):
        yield from _cut(end, start)
    yield from _cut(first, known[0][0])
    while known[-1][1] <= now:
        known.append((known[-1][1], _later(known[-1][1], DAYS)))
        yield known[-1]


def _cut(first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The time from `first` to `last` in spans, counted from its end."""
    while first < last:
        start = max(first, _later(last, -DAYS))
        yield start, last
        last = start


def _later(moment: datetime, days: int) -> datetime:
    return midnight(day_of(moment) + timedelta(days=days))
