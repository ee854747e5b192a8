"""The marketplace's speed limits. Not here: where permits are counted (`database/permits.py`)."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

# eMAG counts arrivals in a rolling second. A permit is used up to 0.02 s late (database/permits.py), and network
# jitter shifts arrivals: with 3 permits in 1.08 s, sends n and n + 3 are at least 1.05 s apart.
SAFETY = 1.08


class Limiter(Protocol):
    """Hands out permits to send one request each, in the order they were asked for."""

    async def acquire(self) -> None:
        """Wait until one more request may be sent."""
        ...


class Window(NamedTuple):
    """At most `permits` requests in any `seconds`."""

    permits: int
    seconds: float


def window(per_second: int, per_minute: int, minute: float = 60) -> Window:
    """The one window that keeps both limits; `minute` is its length in seconds, shorter in tests.

    >>> window(3, 180)
    Window(permits=3, seconds=1.08)
    >>> window(3, 90)
    Window(permits=3, seconds=2.16)
    """
    permits = min(per_second, per_minute)
    # Rounded down to whole windows per minute, so that no rolling minute exceeds its limit.
    return Window(permits, SAFETY * max(1.0, minute / (per_minute // permits)))


@dataclass(frozen=True)
class SpeedLimit:
    """One request budget that eMAG keeps per user, shared by the routes of all resources that name it."""

    name: str
    per_second: int
    per_minute: int


ORDER_ROUTES = SpeedLimit("orders", 12, 720)
OTHERS = SpeedLimit("others", 3, 180)  # all other routes together (emag-api.md: Limits)
