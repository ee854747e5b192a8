"""The marketplace over HTTP: one account, reads and counts of any resource, typed errors.

The only layer of retries. Not here: the database, because permits come from a `Limiter`.
"""

import contextlib
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Generic, TypeVar

import anyio.lowlevel
import httpx
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    wait_random_exponential,
)

from magflow_pipeline.accounts import Account, is_this_machine
from magflow_pipeline.emag.answers import count_in, judge, rows_in
from magflow_pipeline.emag.errors import (
    BrokenConnectionError,
    MarketplaceError,
    PermanentError,
    RefusedError,
    SlowError,
    ThrottledError,
    TooLargeError,
    TransientError,
)
from magflow_pipeline.emag.limits import Limiter, SpeedLimit
from magflow_pipeline.emag.receiving import ACCEPTED, Answer, receive
from magflow_pipeline.emag.redaction import hider
from magflow_pipeline.emag.resources import Filters, Resource
from magflow_pipeline.emag.sending import RequestOptions, RequestQueue, RequestStats, Sending, TimeBudget
from magflow_pipeline.emag.values import Json
from magflow_pipeline.emag.wire import Envelope
from magflow_pipeline.text import noted

CONNECT_TIMEOUT_SECONDS = 10

Value = TypeVar("Value")


@dataclass(frozen=True)
class Page:
    """One page as received. `rows` are the raw rows, `duration_seconds` the time of the last attempt."""

    number: int
    size: int
    filters: Filters
    rows: Sequence[Json]
    body: bytes
    http_status: int
    fetched_at: datetime
    duration_seconds: float


@dataclass(frozen=True)
class Retries:
    """How a request is retried: `attempts` in all, waits of at most `max_wait` seconds unless eMAG asks for more.

    `budget`: seconds for all attempts of one request together, unless the caller sets its own.
    """

    attempts: int = 5
    max_wait: float = 30
    budget: float = 200


@dataclass
class Marketplace:
    """The API of one account. Open it with `open_marketplace`."""

    account: Account
    http: httpx.AsyncClient
    queue: RequestQueue
    connect_timeout: float
    read_timeout: float
    retries: Retries
    tell: Callable[[str], None]
    hide: Callable[[str], str]
    """Removes credentials from text of the marketplace, a proxy or the network."""

    async def count(
        self, resource: Resource, filters: Filters | None = None, options: RequestOptions | None = None
    ) -> int:
        """The marketplace's count of rows.

        Raises:
            MarketplaceError: it could not be read after all attempts.
        """
        return (await self._ask(resource, resource.count_route, dict(filters or {}), count_in, options)).value

    async def read(
        self, resource: Resource, filters: Filters, page: int, size: int, options: RequestOptions | None = None
    ) -> Page:
        """One page of the rows that match the filters, of every status by default. A page past the end is empty.

        Args:
            resource: What to read.
            filters: Which rows to ask for; the answer is checked against them.
            page: From 1.
            size: Rows to ask for, 1 to the resource's largest page.
            options: Time budget, patience, and an event to set once the request was sent.

        Raises:
            SlowError: the answer did not come in time.
            FilterNotHonouredError: the answer has rows that do not match the filters.
            TooLargeError: the answer has too many bytes.
            MarketplaceError: the page could not be read after all attempts.
            ValueError: `size` is not 1 to the largest page, or a filter is unknown.
        """
        resource.check_request(filters, size)
        # Top-level keys: eMAG ignores those inside `data`: an unfiltered 200 (emag-api.md: Requests).
        keys = {**filters, "currentPage": page, "itemsPerPage": size}
        answer = await self._ask(resource, resource.read_route, keys, rows_in, options)
        if len(answer.value) > size:
            raise PermanentError(f"{len(answer.value)} rows where {size} were asked for")
        resource.check_answer(answer.value, filters)
        return Page(
            number=page,
            size=size,
            filters=filters,
            rows=answer.value,
            body=answer.body,
            http_status=answer.status,
            fetched_at=datetime.now(UTC),
            duration_seconds=answer.seconds,
        )

    async def _ask(
        self,
        resource: Resource,
        route: str,
        keys: dict[str, int | str],
        read: Callable[[Envelope], Value],
        options: RequestOptions | None = None,
    ) -> "_Answer[Value]":
        options = options or RequestOptions(TimeBudget(self.retries.budget))
        what = f"{self.account.name}: {route}" + (f" page {keys['currentPage']}" if "currentPage" in keys else "")

        def tell_of_retry(state: RetryCallState) -> None:
            assert state.next_action is not None
            options.budget.spent += state.next_action.sleep
            self.tell(
                f"{what}: {_error_of(state)}; attempt {state.attempt_number} of {self.retries.attempts}, "
                f"again in {state.next_action.sleep:.1f} s"
            )

        def is_enough(state: RetryCallState) -> bool:
            """No attempt is left, the wait would exceed the budget, or the caller will ask for a smaller page."""
            error = _error_of(state)
            asked = (error.retry_after or 0) if isinstance(error, ThrottledError) else 0
            is_too_much = isinstance(error, TooLargeError) or (
                options.patience is not None and isinstance(error, SlowError)
            )
            return is_too_much or state.attempt_number >= self.retries.attempts or options.budget.left <= asked

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(TransientError),
            stop=is_enough,
            wait=_Wait(self.retries.max_wait),
            before_sleep=tell_of_retry,
            reraise=True,
        )
        try:
            return await retrying(self._ask_once, resource, route, keys, read, options)
        except MarketplaceError as error:
            error.add_note(what)
            error.__context__ = None  # the original error quotes the answer unredacted
            raise
        finally:
            options.sent.set()

    async def _ask_once(
        self,
        resource: Resource,
        route: str,
        keys: dict[str, int | str],
        read: Callable[[Envelope], Value],
        options: RequestOptions,
    ) -> "_Answer[Value]":
        left = options.budget.left if options.patience is None else min(options.patience, options.budget.left)
        longest = min(self.read_timeout, max(1.0, left))
        sending = Sending(self.queue, resource.limit, self.connect_timeout, longest, options)
        ended = "interrupted"
        try:
            answer = await self._read_once(resource, route, keys, read, sending, longest)
            ended = "ok"
        except MarketplaceError as error:
            ended = error.answer
            raise
        finally:
            options.budget.spent += sending.seconds
            if sending.has_permit:
                self.queue.stats.answers[ended] += 1
        return answer

    async def _read_once(
        self,
        resource: Resource,
        route: str,
        keys: dict[str, int | str],
        read: Callable[[Envelope], Value],
        sending: Sending,
        longest: float,
    ) -> "_Answer[Value]":
        where = self.account.base_url
        try:
            async with sending:
                answer = await self._send(route, keys, sending)
        except (TimeoutError, httpx.ConnectTimeout):
            if sending.has_permit:
                raise SlowError(f"no answer within {longest:g} s") from None
            raise TransientError(f"no connection to {where} within {self.connect_timeout:g} s") from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            said = noted(self.hide(str(error)))
            raise BrokenConnectionError(f"the connection to {where} failed: {type(error).__name__}: {said}") from None
        if not sending.has_permit:
            self.queue.refused = RefusedError(
                f"A request of account {self.account.name!r} left without a permit, so its answer is not used and "
                "nothing more is sent: the network library no longer says when it writes. "
                "Install the versions of requirements.lock."
            )
            raise self.queue.refused
        try:
            value = read(judge(answer, self.account.name, self.hide, is_private=resource.is_private))
        except ThrottledError as error:
            self.queue.stats.throttled += 1
            self.queue.pause(error.retry_after or 0)
            raise
        except RefusedError as error:
            self.queue.refused = error
            raise
        return _Answer(value, answer.body, answer.status, sending.seconds)

    async def _send(self, route: str, keys: dict[str, int | str], sending: Sending) -> Answer:
        async with self.http.stream("POST", route, json=keys, extensions={"trace": sending}) as response:
            return await receive(response)


@contextlib.asynccontextmanager
async def open_marketplace(
    account: Account,
    limiters: Mapping[SpeedLimit, Limiter],
    *,
    connect_timeout: float = CONNECT_TIMEOUT_SECONDS,
    read_timeout: float = 180,
    retries: Retries | None = None,
    tell: Callable[[str], None] = lambda _: None,
    stats: RequestStats | None = None,
) -> AsyncGenerator[Marketplace]:
    """The API of `account`, closed on exit. Pages of 156 s have been seen: `read_timeout` (seconds) is long.

    `connect_timeout` (seconds) covers everything before a request is written, a proxy included.
    `limiters`: one for each speed limit of the resources to read.

    Raises:
        RefusedError: the environment's proxy or certificate settings are unusable.
    """
    # httpx imports its network back end at the first request: 0.1 s, in which a permit would expire.
    await anyio.lowlevel.checkpoint()
    async with _connect(account, connect_timeout) as http:
        queue = RequestQueue(limiters, stats or RequestStats())
        hide = hider(account.username, account.password.get_secret_value())
        yield Marketplace(account, http, queue, connect_timeout, read_timeout, retries or Retries(), tell, hide)


def _connect(account: Account, connect_timeout: float) -> httpx.AsyncClient:
    try:
        return httpx.AsyncClient(
            base_url=f"{account.base_url}/",
            # Plain HTTP needs none of the authorities' certificates, which take 35 ms of a processor to load.
            verify=not account.base_url.startswith("http:") or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            auth=httpx.BasicAuth(account.username, account.password.get_secret_value()),
            # The environment's proxy is not for a marketplace on this machine (the simulator).
            trust_env=not is_this_machine(account.base_url),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
            headers={"Accept": "application/json", "Accept-Encoding": ACCEPTED, "User-Agent": "magflow-pipeline"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # none is kept, none is sent
            # `Sending` sets the deadlines, but cancelling a handshake leaks its socket: httpx times out before.
            timeout=httpx.Timeout(None, connect=0.9 * connect_timeout),
            follow_redirects=False,  # the credentials are for one host
        )
    except (ImportError, ValueError, OSError, httpx.InvalidURL):
        # Not chained: the original message may quote the proxy's password.
        raise RefusedError(
            f"Account {account.name!r} cannot be reached with the environment's network settings: HTTPS_PROXY, "
            "HTTP_PROXY or ALL_PROXY is no address of an HTTP proxy, or SSL_CERT_FILE or SSL_CERT_DIR no certificates."
        ) from None


@dataclass(frozen=True)
class _Answer(Generic[Value]):
    value: Value
    body: bytes
    status: int
    seconds: float


class _Wait(wait_random_exponential):
    """Exponential back-off with jitter, never shorter than `Retry-After`."""

    def __init__(self, longest: float) -> None:
        super().__init__(multiplier=1, max=longest)

    def __call__(self, retry_state: RetryCallState) -> float:
        wait = super().__call__(retry_state)
        error = _error_of(retry_state)
        return max(wait, error.retry_after or 0) if isinstance(error, ThrottledError) else wait


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
