"""One attempt at a request: its turn, its permit, and how long its answer may take."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from magflow_pipeline.emag.errors import RefusedError, ThrottledError
from magflow_pipeline.emag.limits import Limiter, SpeedLimit


@dataclass
class RequestStats:
    """What was sent: every attempt counts, also refused ones."""

    requests: int = 0
    throttled: int = 0


@dataclass
class TimeBudget:
    """Seconds that all attempts at one piece of work may take together; waiting for permits is not counted."""

    seconds: float
    spent: float = 0

    @property
    def left(self) -> float:
        """What remains, never less than nothing."""
        return max(0.0, self.seconds - self.spent)


@dataclass
class RequestOptions:
    """How a caller wants one request treated.

    `patience` is how many seconds to wait for the answer before it is `SlowError`, which then is not tried again: for
    a caller who will ask for less. `sent` is set when the first attempt was sent, and when the request is over.
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
        """The marketplace asked to wait: that holds for every request of the account."""
        self.not_before = max(self.not_before, time.monotonic() + seconds)


class Sending:
    """One request on its way out: connected, then permitted, then written, with nothing in between.

    A permit taken earlier would grow old while the connection opens, and its request would arrive too close to
    the ones that follow. httpx tells through its `trace` extension when a request is about to be written. Until
    then it has `to_connect` seconds, for name, connection, proxy and TLS together; from then on the whole answer has
    `longest` seconds, however slowly it trickles. Waiting for the permit is in neither.
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
        """Whether a permit was taken for it, so that it was written."""
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
            return  # a proxy's tunnel on the way to the request
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
            await self._limiter.acquire()  # the permit before the wait has grown old
        if self._queue.refused is not None:
            raise self._queue.refused  # it was received meanwhile: sending more only burns the budget

    def _give_turn(self) -> None:
        if self._holds_turn:
            self._holds_turn = False
            self._queue.turn.release()
