"""One attempt at a request: its turn, its permit and its deadlines."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from magflow_pipeline.emag.errors import RefusedError, ThrottledError
from magflow_pipeline.emag.limits import Limiter, SpeedLimit


@dataclass
class RequestStats:
    """Numbers of requests: every attempt counts, refused ones included. `answers` counts them by how they ended."""

    requests: int = 0
    throttled: int = 0
    answers: Counter[str] = field(default_factory=Counter[str])


@dataclass
class TimeBudget:
    """Seconds that all attempts at one piece of work may take together; waiting for permits is not counted."""

    seconds: float
    spent: float = 0

    @property
    def left(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.seconds - self.spent)


@dataclass
class RequestOptions:
    """Options of one request.

    `patience`: seconds to wait for the answer; the `SlowError` that follows is not retried, because the caller will
    ask for a smaller page. `sent` is set when the first attempt was sent, or when the request ended.
    """

    budget: TimeBudget
    patience: float | None = None
    sent: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class RequestQueue:
    """Sends an account's requests one at a time, and nothing more once its credentials were refused."""

    limiters: Mapping[SpeedLimit, Limiter]
    stats: RequestStats
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    refused: RefusedError | None = None
    not_before: float = 0

    def pause(self, seconds: float) -> None:
        """Send no request of the account for so many seconds, as the marketplace asked."""
        self.not_before = max(self.not_before, time.monotonic() + seconds)


class Sending:
    """One attempt, in this order: connect, take a permit, write at once.

    A permit taken earlier would expire while the connection opens, and its request would arrive too close to the
    next ones. httpx calls its `trace` extension when a request is about to be written. Until then, look-up of the
    name, connection, proxy and TLS have `to_connect` seconds together; from then on the whole answer has `longest`
    seconds, however slowly it arrives. Neither includes the wait for the permit.
    """

    def __init__(
        self, queue: RequestQueue, limit: SpeedLimit, to_connect: float, longest: float, options: RequestOptions
    ) -> None:
        self.seconds = 0.0
        self._queue = queue
        self._limiter = queue.limiters[limit]
        self._longest = longest
        self._options = options
        self._sent_at: float | None = None
        self._holds_turn = False
        self._deadline = asyncio.timeout(to_connect)

    @property
    def has_permit(self) -> bool:
        """Whether it took a permit, so that it was written."""
        return self._sent_at is not None

    async def __aenter__(self) -> None:
        await self._queue.turn.acquire()
        if self._queue.refused is not None:
            self._queue.turn.release()
            raise self._queue.refused
        self._holds_turn = True
        await self._deadline.__aenter__()

    async def __aexit__(self, *error: Any) -> bool | None:
        self._give_turn()
        if self._sent_at is not None:
            self.seconds = time.monotonic() - self._sent_at
        return await self._deadline.__aexit__(*error)

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """Follow the request: httpx calls this as its `trace`."""
        if "request" in info and info["request"].method == b"CONNECT":
            return  # opens a proxy's tunnel, not the request itself
        if event == "http11.send_request_headers.started":
            self._deadline.reschedule(None)
            await self._take_permit()
            self._queue.stats.requests += 1
            self._sent_at = time.monotonic()
            self._deadline.reschedule(asyncio.get_running_loop().time() + self._longest)
        elif event == "http11.send_request_body.complete":
            self._options.sent.set()
            self._give_turn()

    async def _take_permit(self) -> None:
        await self._limiter.acquire()
        while (wait := self._queue.not_before - time.monotonic()) > 0:
            if wait > self._options.budget.left:
                raise ThrottledError(f"the marketplace asked to wait {wait:.0f} s more", wait)
            await asyncio.sleep(wait)
            await self._limiter.acquire()  # the permit taken before the wait has expired
        if self._queue.refused is not None:
            raise self._queue.refused  # refused while this one waited: more requests are futile

    def _give_turn(self) -> None:
        if self._holds_turn:
            self._holds_turn = False
            self._queue.turn.release()
