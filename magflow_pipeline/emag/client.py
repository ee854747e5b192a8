"""The marketplace over HTTP: one account, two reads, typed errors.

One layer of retries lives here and nowhere else. It knows no database: permits come from a `Limiter`.
"""

import asyncio
import contextlib
import email.utils
import math
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, cast
from urllib.parse import urlsplit

import anyio.lowlevel
import httpx
from pydantic import ValidationError
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    wait_random_exponential,
)

from magflow_pipeline.accounts import Account
from magflow_pipeline.emag.errors import (
    MalformedError,
    MarketplaceError,
    PermanentError,
    RefusedError,
    ThrottledError,
    TransientError,
)
from magflow_pipeline.emag.limits import Limiter
from magflow_pipeline.emag.wire import Count, Envelope, parse_envelope

READ = "product_offer/read"
COUNT = "product_offer/count"
CONNECT_TIMEOUT_SECONDS = 10
REFUSALS = ("invalid vendor ip", "not allowed to use this api", "unauthorized", "invalid credentials")
PERMANENT = ("error processing data",)  # a filter of the wrong shape, answered as 500 (emag_api.md E10)

Value = TypeVar("Value")
Filters = Mapping[str, int | str]


@dataclass(frozen=True)
class Page:
    """One page as received. `rows` are the raw rows, `duration_seconds` the time of the last attempt."""

    number: int
    rows: list[Any]
    body: bytes
    http_status: int
    fetched_at: datetime
    duration_seconds: float


@dataclass
class Traffic:
    """What was sent: every attempt counts, also refused ones."""

    requests: int = 0
    throttled: int = 0


@dataclass(frozen=True)
class Retries:
    """How often and how long one request is tried again, in seconds.

    `budget` is what all attempts of one request may take together, from being sent to being given up.
    """

    attempts: int = 5
    max_wait: float = 30
    budget: float = 200


@dataclass
class Marketplace:
    """The API of one account. Open it with `open_marketplace`."""

    account: Account
    http: httpx.AsyncClient
    limiter: Limiter
    read_timeout: float
    retries: Retries
    tell: Callable[[str], None]
    traffic: Traffic
    sending: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def count_offers(self, filters: Filters | None = None) -> int:
        """How many offers there are, as the marketplace says.

        Raises:
            MarketplaceError: it did not say.
        """
        answer = await self._ask(COUNT, dict(filters or {}), _count_in)
        return answer.value

    async def read_page(self, number: int, size: int, filters: Filters | None = None) -> Page:
        """One page of offers, of every status unless a filter says otherwise. Past the end it is empty.

        Raises:
            MarketplaceError: the page could not be read after all attempts.
        """
        # Bare top-level keys: inside `data` they are ignored, and the answer is an unfiltered 200 (emag_api.md 1.3).
        answer = await self._ask(READ, {**(filters or {}), "currentPage": number, "itemsPerPage": size}, _rows_in)
        if len(answer.value) > size:
            raise PermanentError(f"{len(answer.value)} rows where {size} were asked for")
        return Page(
            number=number,
            rows=answer.value,
            body=answer.body,
            http_status=answer.status,
            fetched_at=datetime.now(UTC),
            duration_seconds=answer.seconds,
        )

    async def _ask(self, route: str, keys: dict[str, int | str], read: Callable[[Envelope], Value]) -> "_Answer[Value]":
        what = f"{self.account.name}: {route}" + (f" page {keys['currentPage']}" if "currentPage" in keys else "")

        def tell_of_retry(state: RetryCallState) -> None:
            assert state.outcome is not None and state.next_action is not None
            self.tell(
                f"{what}: {state.outcome.exception()}; attempt {state.attempt_number} of {self.retries.attempts}, "
                f"again in {state.next_action.sleep:.1f} s"
            )

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(TransientError),
            stop=self._is_enough,
            wait=_Wait(self.retries.max_wait),
            before_sleep=tell_of_retry,
            reraise=True,
        )
        try:
            return await retrying(self._ask_once, route, keys, read, _Spent())
        except MarketplaceError as error:
            error.add_note(what)
            raise

    async def _ask_once(
        self, route: str, keys: dict[str, int | str], read: Callable[[Envelope], Value], spent: "_Spent"
    ) -> "_Answer[Value]":
        sending = _Sending(self)
        left = max(1.0, min(self.read_timeout, self.retries.budget - spent.seconds))
        try:
            async with sending:
                response = await self.http.post(
                    route,
                    json=keys,
                    extensions={"trace": sending},
                    timeout=httpx.Timeout(left, connect=CONNECT_TIMEOUT_SECONDS),
                )
        except httpx.TimeoutException as error:
            raise TransientError(
                f"no answer within {time.monotonic() - sending.sent_at:.0f} s ({type(error).__name__})"
            ) from None
        except httpx.TransportError as error:
            raise TransientError(f"{type(error).__name__}: {error}") from None
        except httpx.DecodingError as error:
            raise MalformedError(f"the answer cannot be unpacked: {error}") from None
        finally:
            spent.seconds += time.monotonic() - sending.sent_at
        if response.status_code == 429:
            self.traffic.throttled += 1
        value = read(self._judge(response))
        return _Answer(value, response.content, response.status_code, time.monotonic() - sending.sent_at)

    def _is_enough(self, state: RetryCallState) -> bool:
        """Whether to give up: no attempt is left, or the next would come after the budget."""
        error = state.outcome.exception() if state.outcome else None
        asked = (error.retry_after or 0) if isinstance(error, ThrottledError) else 0
        spent = next(each for each in state.args if isinstance(each, _Spent))
        return state.attempt_number >= self.retries.attempts or spent.seconds + asked >= self.retries.budget

    def _judge(self, response: httpx.Response) -> Envelope:
        """The envelope of a success; anything else is raised (emag_api.md 2.2)."""
        if response.status_code == 200:
            envelope = parse_envelope(response.content)
            if not envelope.is_error:
                return envelope
            text = envelope.text()
        else:
            text = _message_of(response)
        raise self._failure(response, text)

    def _failure(self, response: httpx.Response, text: str) -> MarketplaceError:
        status, lowered = response.status_code, text.lower()
        if status in (401, 403) or any(refusal in lowered for refusal in REFUSALS):
            return RefusedError(self._advice(status, text))
        if status == 429:
            return ThrottledError(f"HTTP 429: {text}", _retry_after(response))
        if status == 408 or (status >= 500 and not any(sign in lowered for sign in PERMANENT)):
            return TransientError(f"HTTP {status}: {text}")
        return PermanentError(f"the marketplace refused the request (HTTP {status}): {text}")

    def _advice(self, status: int, text: str) -> str:
        name = self.account.name.upper()
        if "ip" in text.lower().split():
            return (
                f"The marketplace does not accept this computer's address for account {self.account.name!r} ({text}). "
                "Add the address to the account's IP list in the eMAG panel."
            )
        if "not allowed" in text.lower():
            return (
                f"The user of account {self.account.name!r} has no API rights ({text}). "
                "Give them to the user in the eMAG panel."
            )
        return (
            f"The marketplace refused the credentials of account {self.account.name!r} (HTTP {status}). "
            f"Check EMAG_{name}_USERNAME and EMAG_{name}_PASSWORD."
        )


@contextlib.asynccontextmanager
async def open_marketplace(
    account: Account,
    limiter: Limiter,
    *,
    read_timeout: float = 180,
    retries: Retries | None = None,
    tell: Callable[[str], None] = lambda _: None,
    traffic: Traffic | None = None,
) -> AsyncGenerator[Marketplace]:
    """The API of `account`, closed at the end. Pages of 156 s have been seen: `read_timeout` (seconds) is long."""
    # httpx loads its network back end at the first request, a tenth of a second in which a permit grows old.
    await anyio.lowlevel.checkpoint()
    async with httpx.AsyncClient(
        base_url=f"{account.base_url}/",
        auth=httpx.BasicAuth(account.username, account.password.get_secret_value()),
        # A proxy of the environment is for the world outside, not for a marketplace on this machine.
        trust_env=urlsplit(account.base_url).hostname not in ("127.0.0.1", "localhost", "::1"),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
        headers={"Accept": "application/json", "User-Agent": "magflow-pipeline"},
        follow_redirects=False,
    ) as http:
        yield Marketplace(account, http, limiter, read_timeout, retries or Retries(), tell, traffic or Traffic())


@dataclass(frozen=True)
class _Answer(Generic[Value]):
    value: Value
    body: bytes
    status: int
    seconds: float


@dataclass
class _Spent:
    """Seconds that the attempts of one request took, waiting for a permit not counted."""

    seconds: float = 0


class _Sending:
    """One request at a time is on its way out: connected, then permitted, then written, with nothing in between.

    A permit taken earlier would grow old while the connection opens, and its request would arrive too close to
    the ones that follow. httpx tells through its `trace` extension when a request is about to be written.
    """

    def __init__(self, marketplace: Marketplace) -> None:
        self.sent_at = time.monotonic()
        self._marketplace = marketplace
        self._holds_turn = False

    async def __aenter__(self) -> None:
        await self._marketplace.sending.acquire()
        self._holds_turn = True

    async def __aexit__(self, *_: object) -> None:
        self._give_turn()

    async def __call__(self, event: str, _: Mapping[str, Any]) -> None:
        if event == "http11.send_request_headers.started":
            await self._marketplace.limiter.acquire()
            self._marketplace.traffic.requests += 1
            self.sent_at = time.monotonic()
        elif event == "http11.send_request_body.complete":
            self._give_turn()

    def _give_turn(self) -> None:
        if self._holds_turn:
            self._holds_turn = False
            self._marketplace.sending.release()


class _Wait(wait_random_exponential):
    """Exponential with jitter, but never less than the server asked for."""

    def __init__(self, longest: float) -> None:
        super().__init__(multiplier=1, max=longest)

    def __call__(self, retry_state: RetryCallState) -> float:
        wait = super().__call__(retry_state)
        error = retry_state.outcome.exception() if retry_state.outcome else None
        return max(wait, error.retry_after or 0) if isinstance(error, ThrottledError) else wait


def _count_in(envelope: Envelope) -> int:
    try:
        return Count.model_validate(envelope.results).items
    except ValidationError:
        raise MalformedError("the answer holds no noOfItems") from None


def _rows_in(envelope: Envelope) -> list[Any]:
    rows = envelope.results
    if not isinstance(rows, list):
        raise MalformedError("the answer holds no list of rows")
    return cast("list[Any]", rows)


def _message_of(response: httpx.Response) -> str:
    """What an answer says, in one short line, whatever it is made of."""
    try:
        value = response.json()
    except (ValueError, RecursionError):
        return " ".join(response.text.split())[:120]
    if not isinstance(value, dict):
        return ""
    with contextlib.suppress(ValidationError):
        return Envelope.model_validate(value).text()
    return str(value.get("message", ""))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def _retry_after(response: httpx.Response) -> float | None:
    """`Retry-After` in seconds, given as seconds or as a date."""
    header = response.headers.get("Retry-After", "")
    with contextlib.suppress(ValueError):
        seconds = float(header)
        return max(0.0, seconds) if math.isfinite(seconds) else None
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        asked = email.utils.parsedate_to_datetime(header)
        asked = asked if asked.tzinfo else asked.replace(tzinfo=UTC)
        return max(0.0, (asked - datetime.now(UTC)).total_seconds())
    return None
