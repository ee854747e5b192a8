"""The gateway's rate limits of one account: rolling windows in which refused requests count too.

Belongs here: counting arrivals. Not here: what a refusal looks like (answers.py) and clocks: the
caller says when a request arrived.
"""

from __future__ import annotations

from collections import deque

WINDOWS = ((1.0, 3), (60.0, 180))
"""Seconds and the number of requests allowed in them, for all routes except orders (4.4.9)."""

ORDER_WINDOWS = ((1.0, 12), (60.0, 720))
"""The same for the order routes, which are counted apart."""


class RateLimit:
    """A limit per rolling second and per rolling minute, cumulative over the routes that share it."""

    def __init__(self, windows: tuple[tuple[float, int], ...] = WINDOWS) -> None:
        self._windows = windows
        self._arrivals: deque[float] = deque()

    def admit(self, arrived: float) -> bool:
        """Count a request and say whether it is within both windows."""
        self._forget(arrived)
        admitted = self.wait(arrived) == 0
        self._arrivals.append(arrived)
        return admitted

    def wait(self, now: float) -> float:
        """Seconds until a request would be admitted, if none came meanwhile."""
        longest = 0.0
        for seconds, allowed in self._windows:
            if len(self._arrivals) >= allowed:
                longest = max(longest, self._arrivals[-allowed] + seconds - now)
        return longest

    def _forget(self, now: float) -> None:
        oldest = now - max(seconds for seconds, _ in self._windows)
        while self._arrivals and self._arrivals[0] <= oldest:
            self._arrivals.popleft()
