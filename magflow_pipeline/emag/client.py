"""The marketplace over HTTP: one account, its reads, typed errors.

One layer of retries lives here and nowhere else. It knows no database: permits come from a `Limiter`.
"""

import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Generic, TypeVar, cast

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
    FilterNotHonouredError,
    MarketplaceError,
    PermanentError,
    RefusedError,
    SlowError,
    ThrottledError,
    TooLargeError,
    TransientError,
)
from magflow_pipeline.emag.limits import Limiter
from magflow_pipeline.emag.receiving import ACCEPTED, Answer, receive
from magflow_pipeline.emag.redaction import hider
from magflow_pipeline.emag.sending import Line, Sending, Share, Terms, Traffic
from magflow_pipeline.emag.values import Json, read_id, read_number, read_text
from magflow_pipeline.emag.wire import Envelope
from magflow_pipeline.text import noted

READ = "product_offer/read"
COUNT = "product_offer/count"
ORDER_COUNT = "order/count"
LARGEST_PAGE = 100  # asked for more, eMAG answers 100 without a word: the page would look like the last
CONNECT_TIMEOUT_SECONDS = 10
FILTERS = frozenset({"id", "part_number", "status", "general_stock"})  # those whose effect is checked

Value = TypeVar("Value")
Filters = Mapping[str, int | str]


@dataclass(frozen=True)
class Page:
    """One page as received. `rows` are the raw rows, `duration_seconds` the time of the last attempt."""

    number: int
    size: int
    filters: Filters
    rows: list[Json]
    body: bytes
    http_status: int
    fetched_at: datetime
    duration_seconds: float


@dataclass(frozen=True)
class Retries:
    """How often and how long one request is tried again, in seconds.

    `share` is what all attempts of one request may take together, where the caller does not say.
    """

    attempts: int = 5
    max_wait: float = 30
    share: float = 200


@dataclass
class Marketplace:
    """The API of one account. Open it with `open_marketplace`."""

    account: Account
    http: httpx.AsyncClient
    line: Line
    connect_timeout: float
    read_timeout: float
    retries: Retries
    tell: Callable[[str], None]
    hide: Callable[[str], str]
    """Takes the credentials out of what the marketplace, a proxy or the network says."""

    async def count_offers(self, filters: Filters | None = None, terms: Terms | None = None) -> int:
        """How many offers there are, as the marketplace says.

        Raises:
            MarketplaceError: it did not say.
        """
        return (await self._ask(COUNT, dict(filters or {}), count_in, terms)).value

    async def count_orders(self, filters: Filters) -> int:
        """How many orders there are; the filters name a time from and to, a month apart at most (emag-api.md: Orders).

        Raises:
            MarketplaceError: the marketplace did not say.
        """
        return (await self._ask(ORDER_COUNT, dict(filters), count_in)).value

    async def read_page(
        self, number: int, size: int, filters: Filters | None = None, terms: Terms | None = None
    ) -> Page:
        """One page of offers, of every status unless a filter says otherwise. Past the end it is empty.

        Args:
            number: From 1.
            size: Offers to ask for, 1 to 100.
            filters: What the marketplace is asked to leave out; whether it did is checked.
            terms: How long to wait for the answer, and who wants to know when the request was sent.

        Raises:
            SlowError: the answer did not come in time.
            FilterNotHonouredError: the answer holds what the filters leave out.
            TooLargeError: the answer has too many bytes.
            MarketplaceError: the page could not be read after all attempts.
            ValueError: `size` is more than the API gives, or it has no such filter.
        """
        if not 1 <= size <= LARGEST_PAGE:
            raise ValueError(f"a page holds 1 to {LARGEST_PAGE} offers, not {size}")
        if not FILTERS.issuperset(filters or {}):
            # The marketplace ignores what it does not know, and answers with everything (emag-api.md: trap 34).
            raise ValueError(f"filters are {', '.join(sorted(FILTERS))}, not {', '.join(filters or {})}")
        # Bare top-level keys: inside `data` they are ignored: an unfiltered 200 (emag-api.md: Requests).
        keys = {**(filters or {}), "currentPage": number, "itemsPerPage": size}
        answer = await self._ask(READ, keys, rows_in, terms)
        if len(answer.value) > size:
            raise PermanentError(f"{len(answer.value)} rows where {size} were asked for")
        _check_filters(answer.value, filters or {})
        return Page(
            number=number,
            size=size,
            filters=filters or {},
            rows=answer.value,
            body=answer.body,
            http_status=answer.status,
            fetched_at=datetime.now(UTC),
            duration_seconds=answer.seconds,
        )

    async def _ask(
        self,
        route: str,
        keys: dict[str, int | str],
        read: Callable[[Envelope], Value],
        terms: Terms | None = None,
    ) -> "_Answer[Value]":
        terms = terms or Terms(Share(self.retries.share))
        what = f"{self.account.name}: {route}" + (f" page {keys['currentPage']}" if "currentPage" in keys else "")

        def tell_of_retry(state: RetryCallState) -> None:
            assert state.next_action is not None
            terms.share.spent += state.next_action.sleep
            self.tell(
                f"{what}: {_error_of(state)}; attempt {state.attempt_number} of {self.retries.attempts}, "
                f"again in {state.next_action.sleep:.1f} s"
            )

        def is_enough(state: RetryCallState) -> bool:
            """No attempt is left, the next would come after the share, or the caller will ask for less."""
            error = _error_of(state)
            asked = (error.retry_after or 0) if isinstance(error, ThrottledError) else 0
            is_too_much = isinstance(error, TooLargeError) or (
                terms.patience is not None and isinstance(error, SlowError)
            )
            return is_too_much or state.attempt_number >= self.retries.attempts or terms.share.left <= asked

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(TransientError),
            stop=is_enough,
            wait=_Wait(self.retries.max_wait),
            before_sleep=tell_of_retry,
            reraise=True,
        )
        try:
            return await retrying(self._ask_once, route, keys, read, terms)
        except MarketplaceError as error:
            error.add_note(what)
            error.__context__ = None  # what it was made from quotes the answer as it came
            raise
        finally:
            terms.sent.set()

    async def _ask_once(
        self,
        route: str,
        keys: dict[str, int | str],
        read: Callable[[Envelope], Value],
        terms: Terms,
    ) -> "_Answer[Value]":
        left = terms.share.left if terms.patience is None else min(terms.patience, terms.share.left)
        longest = min(self.read_timeout, max(1.0, left))
        where = self.account.base_url
        sending = Sending(self.line, route, self.connect_timeout, longest, terms)
        try:
            async with sending:
                answer = await self._send(route, keys, sending)
        except (TimeoutError, httpx.ConnectTimeout):
            if sending.has_permit:
                raise SlowError(f"no answer within {longest:g} s") from None
            raise TransientError(f"no connection to {where} within {self.connect_timeout:g} s") from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            said = noted(self.hide(str(error)))
            raise TransientError(f"the connection to {where} failed: {type(error).__name__}: {said}") from None
        finally:
            terms.share.spent += sending.seconds
        if not sending.has_permit:
            self.line.refused = RefusedError(
                f"A request of account {self.account.name!r} left without a permit, so its answer is not used and "
                "nothing more is sent: the network library no longer says when it writes. "
                "Install the versions of requirements.lock."
            )
            raise self.line.refused
        try:
            value = read(judge(answer, self.account.name, self.hide))
        except ThrottledError as error:
            self.line.traffic.throttled += 1
            self.line.pause(error.retry_after or 0)
            raise
        except RefusedError as error:
            self.line.refused = error
            raise
        return _Answer(value, answer.body, answer.status, sending.seconds)

    async def _send(self, route: str, keys: dict[str, int | str], sending: Sending) -> Answer:
        async with self.http.stream("POST", route, json=keys, extensions={"trace": sending}) as response:
            return await receive(response)


@contextlib.asynccontextmanager
async def open_marketplace(
    account: Account,
    limiter: Limiter,
    *,
    order_limiter: Limiter | None = None,
    connect_timeout: float = CONNECT_TIMEOUT_SECONDS,
    read_timeout: float = 180,
    retries: Retries | None = None,
    tell: Callable[[str], None] = lambda _: None,
    traffic: Traffic | None = None,
) -> AsyncGenerator[Marketplace]:
    """The API of `account`, closed at the end. Pages of 156 s have been seen: `read_timeout` (seconds) is long.

    `connect_timeout` is for all that comes before a request can be written, a proxy included.
    `order_limiter` gives the permits of the order routes, for those who use them.
    """
    # httpx loads its network back end at the first request, a tenth of a second in which a permit grows old.
    await anyio.lowlevel.checkpoint()
    limiters = {READ: limiter, COUNT: limiter} | ({ORDER_COUNT: order_limiter} if order_limiter else {})
    async with _connect(account, connect_timeout) as http:
        line = Line(limiters, traffic or Traffic())
        hide = hider(account.username, account.password.get_secret_value())
        yield Marketplace(account, http, line, connect_timeout, read_timeout, retries or Retries(), tell, hide)


def _connect(account: Account, connect_timeout: float) -> httpx.AsyncClient:
    try:
        return httpx.AsyncClient(
            base_url=f"{account.base_url}/",
            auth=httpx.BasicAuth(account.username, account.password.get_secret_value()),
            # A proxy of the environment is for the world outside, not for a marketplace on this machine.
            trust_env=not is_this_machine(account.base_url),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
            headers={"Accept": "application/json", "Accept-Encoding": ACCEPTED, "User-Agent": "magflow-pipeline"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # none is kept, none is sent
            # Sending keeps the time. A handshake that it ends would leave its socket open: httpx ends that before.
            timeout=httpx.Timeout(None, connect=0.9 * connect_timeout),
            follow_redirects=False,  # the credentials are for one host
        )
    except (ImportError, ValueError, OSError, httpx.InvalidURL):
        # What it says of a proxy's address may hold the proxy's password.
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
    """Exponential with jitter, but never less than the server asked for."""

    def __init__(self, longest: float) -> None:
        super().__init__(multiplier=1, max=longest)

    def __call__(self, retry_state: RetryCallState) -> float:
        wait = super().__call__(retry_state)
        error = _error_of(retry_state)
        return max(wait, error.retry_after or 0) if isinstance(error, ThrottledError) else wait


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _check_filters(rows: Sequence[Json], filters: Filters) -> None:
    """Whether every row is one that was asked for; what a row does not tell is not held against it."""
    objects = [cast("dict[str, Json]", row) for row in rows if isinstance(row, dict)]
    for name, asked in filters.items():
        told = [_told(row, name) for row in objects]
        if any(not _fits(name, value, asked) for value in told if value is not None):
            raise FilterNotHonouredError(f"the marketplace ignored the filter {name}={asked}")


def _told(row: Mapping[str, Json], name: str) -> Any:
    value = row.get(name)
    if name == "id":
        return read_id(value)
    return read_text(value) if name == "part_number" else read_number(value)


def _fits(name: str, value: Any, asked: int | str) -> bool:
    return value <= asked if name == "general_stock" else value == asked  # an upper bound (emag-api.md: Filters)
