"""The speed limit as the client sees it; where permits are counted is the caller's choice."""

from typing import Protocol

# eMAG counts a rolling second at its side. A permit is used up to 0.02 s late (database/permits.py) and a request
# may arrive a little late or early: with 3 permits in 1.08 s, sends n and n + 3 are at least 1.05 s apart.
SAFETY = 1.08


class Limiter(Protocol):
    """Hands out permits to send one request each, in the order they were asked for."""

    async def acquire(self) -> None:
        """Wait until one more request may be sent."""
        ...


def window_seconds(per_second: int, per_minute: int) -> float:
    """The one window in which `per_second` requests may be sent so that both limits hold.

    >>> window_seconds(3, 180)
    1.08
    """
    return SAFETY * max(1.0, per_second * 60 / per_minute)
