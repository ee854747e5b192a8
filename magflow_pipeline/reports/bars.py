"""Bars of characters for a terminal of any width: numbers over days. Not here: what they mean."""

from collections.abc import Callable, Sequence
from decimal import Decimal

HEIGHT = 6  # lines
EIGHTHS = " ▁▂▃▄▅▆▇█"
PLAIN = " #"
STEPS = (1, 7, 14, 28, 91)  # days that a bar may be of

Value = int | Decimal | None


def days_of_a_bar(days: int, width: int) -> int:
    """The fewest days of a bar at which all bars fit into `width` columns.

    >>> days_of_a_bar(60, 70), days_of_a_bar(180, 70), days_of_a_bar(10_000, 70)
    (1, 7, 143)
    """
    return next((step for step in STEPS if days <= step * width), -(-days // width))


def grouped(values: Sequence[Value], step: int, combine: Callable[[Sequence[Value]], Value]) -> list[Value]:
    """One value for each `step` days, counted back from the newest; None: not one of its days has a value."""
    first = len(values) % step
    parts = [values[start : start + step] for start in range(first, len(values), step)]
    known = [[each for each in part if each is not None] for part in ([values[:first], *parts] if first else parts)]
    return [combine(part) if part else None for part in known]


def bars(values: Sequence[Value], *, can_block: bool = True, height: int = HEIGHT) -> list[str]:
    """Lines from the top, the largest value as high as `height`; a value above 0 is at least a trace, None a dot.

    >>> bars([0, 1, None, 2], height=1)
    [' ▄·█']
    >>> bars([0, 1, None, 2], height=2, can_block=False)
    ['   #', ' #.#']
    """
    marks, unknown = (EIGHTHS, "·") if can_block else (PLAIN, ".")
    parts = len(marks) - 1
    most = max((each for each in values if each is not None), default=0) or 1
    heights = [0 if each is None or each <= 0 else max(1, round(each * height * parts / most)) for each in values]
    lines = ["".join(marks[min(max(full - line * parts, 0), parts)] for full in heights) for line in range(height)]
    lines[0] = "".join(unknown if value is None else mark for value, mark in zip(values, lines[0], strict=True))
    return lines[::-1]
