"""The client against a marketplace over HTTP: what is sent, what is tried again, what each failure is."""

import asyncio
import base64
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from magflow_pipeline.accounts import Account
from magflow_pipeline.emag.client import Marketplace, Page, Retries, open_marketplace
from magflow_pipeline.emag.errors import (
    BrokenConnectionError,
    MalformedError,
    MarketplaceError,
    PermanentError,
    RefusedError,
    SlowError,
    ThrottledError,
    TransientError,
)
from magflow_pipeline.emag.offers import OFFERS
from magflow_pipeline.emag.sending import RequestOptions, RequestStats, TimeBudget
from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline_tests.offers import offer, offers

PASSWORD = "demo"
WRONG_PASSWORD = "c0rrect-horse"


class Unlimited:
    """Permits without a limit."""

    async def acquire(self) -> None:
        pass


@pytest.fixture(scope="module")
def shared_simulator() -> Iterator[Simulator]:
    with running(Catalogue({"main": offers(5)})) as simulator:
        yield simulator


@pytest.fixture
def simulator(shared_simulator: Simulator) -> Simulator:
    """A marketplace with five offers that behaves as it should, until a test says otherwise."""
    shared_simulator.switch("main", **Switches(enforce_rate_limit=False).model_dump(mode="json"))
    shared_simulator.clear()
    return shared_simulator


def account_of(simulator: Simulator, password: str = PASSWORD, **fields: Any) -> Account:
    fields = {"base_url": simulator.url, **fields}
    return Account("main", "main", SecretStr(password), marketplace="test", kind="main", warehouse="W", **fields)


def call(account: Account, action: Callable[[Marketplace], Awaitable[Any]], attempts: int = 3, **options: Any) -> Any:
    """What `action` gives; it is tried `attempts` times without waits."""

    async def ask() -> Any:
        retries = Retries(attempts=attempts, max_wait=0)
        async with open_marketplace(account, {OFFERS.limit: Unlimited()}, retries=retries, **options) as marketplace:
            return await action(marketplace)

    return asyncio.run(ask())


def read(account: Account, number: int = 1, size: int = 100, **options: Any) -> Page:
    return call(account, lambda marketplace: marketplace.read(OFFERS, {}, number, size), **options)


def everything_told(error: BaseException | None) -> str:
    """All that an error says: texts, notes, causes."""
    if error is None:
        return ""
    notes = "\n".join(getattr(error, "__notes__", []))
    return f"{error!r}\n{error}\n{notes}\n{everything_told(error.__cause__)}{everything_told(error.__context__)}"


def test_a_page_is_what_was_sent(simulator):
    page = read(account_of(simulator), number=2, size=2)
    assert [row["id"] for row in page.rows] == [3, 4]
    assert (page.number, page.http_status) == (2, 200)
    assert page.body.startswith(b'{"isError": false')
    assert page.fetched_at.tzinfo is not None
    assert page.duration_seconds >= 0


def test_keys_are_bare_because_a_wrapper_would_be_ignored(simulator):
    """Inside `data` the page number is ignored: every page is the first one (trap 3)."""
    account = account_of(simulator)
    call(account, lambda marketplace: marketplace.read(OFFERS, {"status": 1}, 2, 3))
    call(account, lambda marketplace: marketplace.count(OFFERS, {"status": 1}))
    call(account, lambda marketplace: marketplace.count(OFFERS))
    sent = [(request["route"], request["body"]) for request in simulator.requests()]
    assert sent == [
        ("read", {"status": 1, "currentPage": 2, "itemsPerPage": 3}),
        ("count", {"status": 1}),
        ("count", {}),
    ]


@pytest.mark.parametrize("style", ["strings", "ints"])
def test_the_count_is_read_in_both_styles(simulator, style):
    simulator.switch("main", count_style=style)
    assert call(account_of(simulator), lambda marketplace: marketplace.count(OFFERS)) == 5


def test_past_the_end_a_page_is_empty(simulator):
    assert read(account_of(simulator), number=9).rows == []


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_address_is_joined_once(simulator, make_seller, accounts, slash):
    """/api-3/api-3/… answers 404 and looks like a missing route (trap 43)."""
    make_seller(simulator, EMAG_MAIN_BASE_URL=simulator.url + slash)
    read(accounts()["main"])
    assert [request["route"] for request in simulator.requests()] == ["read"]


def test_a_wrong_address_is_permanent(simulator):
    with pytest.raises(PermanentError, match=r"HTTP 404.*no Route matched.*Is EMAG_MAIN_BASE_URL right"):
        read(account_of(simulator, base_url=f"{simulator.origin}/api-9"))
    assert len(simulator.requests()) == 1


@pytest.mark.parametrize(
    ("style", "advice"),
    [
        (401, "Check EMAG_MAIN_USERNAME and EMAG_MAIN_PASSWORD"),
        (403, "has no API rights .* in the eMAG panel"),
        (200, "has no API rights .* in the eMAG panel"),
    ],
)
def test_a_refusal_says_what_to_do_and_is_not_repeated(simulator, style, advice):
    """More requests would only burn the budget of invalid ones (traps 1 and 45)."""
    simulator.switch("main", auth_style=style)
    with pytest.raises(RefusedError, match=advice):
        read(account_of(simulator, WRONG_PASSWORD))
    assert len(simulator.requests()) == 1


def test_a_refused_address_says_where_to_list_it(simulator):
    simulator.switch("main", refuse_ip=True)
    with pytest.raises(RefusedError, match=r"127\.0\.0\.1.*Add the address to the account's IP list"):
        read(account_of(simulator))
    assert len(simulator.requests()) == 1


FAILURES = [
    ("429", ThrottledError),
    ("500", TransientError),
    ("502-html", TransientError),
    ("503-html", TransientError),
    ("504-html", TransientError),
    ("200-html", MalformedError),
    ("truncated", MalformedError),
    ("null", MalformedError),
    ("reset", BrokenConnectionError),
    ("hang", SlowError),
]


@pytest.mark.parametrize(("kind", "error"), FAILURES)
def test_trouble_that_lasts_is_given_up_after_all_attempts(simulator, kind, error):
    simulator.switch("main", faults=[{"kind": kind}])
    with pytest.raises(MarketplaceError) as caught:
        read(account_of(simulator), read_timeout=0.2)
    assert type(caught.value) is error
    assert caught.value.__notes__ == ["main: product_offer/read page 1"]
    assert len(simulator.requests()) == 3


@pytest.mark.parametrize("kind", [kind for kind, _ in FAILURES])
def test_trouble_that_passes_is_outlasted(simulator, kind):
    simulator.switch("main", faults=[{"kind": kind, "times": 2}])
    told: list[str] = []
    page = read(account_of(simulator), read_timeout=0.2, tell=told.append)
    assert len(page.rows) == 5
    assert len(simulator.requests()) == 3
    assert ["attempt 1 of 3" in told[0], "attempt 2 of 3" in told[1]] == [True, True]


def test_a_count_is_tried_again_too(simulator):
    simulator.switch("main", faults=[{"kind": "502-html", "route": "count", "times": 2}])
    assert call(account_of(simulator), lambda marketplace: marketplace.count(OFFERS)) == 5


def test_html_is_shown_by_its_first_words(simulator):
    simulator.switch("main", faults=[{"kind": "502-html"}])
    with pytest.raises(TransientError, match="HTTP 502: <html><head><title>502 Bad Gateway"):
        read(account_of(simulator))


def test_a_500_that_never_passes_is_not_repeated(simulator):
    """A filter of the wrong shape looks like trouble of the server (trap 18)."""
    simulator.switch("main", faults=[{"kind": "bad-request-500"}])
    with pytest.raises(PermanentError, match="Error processing data"):
        read(account_of(simulator))
    assert len(simulator.requests()) == 1


def test_nobody_at_the_address_is_trouble_that_may_pass(simulator):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(TransientError, match="ConnectError"):
        read(account_of(simulator, base_url=f"http://127.0.0.1:{port}/api-3"))


@pytest.mark.parametrize("style", ["seconds", "date"])
def test_the_wait_that_the_server_asks_for_is_the_least(simulator, style):
    """Earlier repeats are refused and count again (trap 14)."""
    simulator.switch("main", retry_after=style, faults=[{"kind": "429", "times": 1}])
    read(account_of(simulator))
    refused, answered = simulator.requests()
    assert (refused["status"], answered["status"]) == (429, 200)
    assert answered["arrived"] - refused["arrived"] >= 1


def test_without_retry_after_the_wait_is_the_clients_own(simulator):
    simulator.switch("main", faults=[{"kind": "429", "times": 2}])
    start = time.monotonic()
    read(account_of(simulator))
    assert time.monotonic() - start < 1


def test_every_attempt_is_counted(simulator):
    simulator.switch("main", faults=[{"kind": "429", "times": 1}, {"kind": "reset", "times": 1}])
    stats = RequestStats()
    read(account_of(simulator), stats=stats)
    assert (stats.requests, stats.throttled) == (3, 1)
    assert stats.answers == {"throttled": 1, "connection": 1, "ok": 1}


def test_a_request_that_was_interrupted_is_counted_as_such(simulator):
    """Of all requests it is known how they ended: the classes add up to their number."""
    simulator.switch("main", faults=[{"kind": "hang"}])
    stats = RequestStats()

    async def begin(marketplace: Marketplace) -> None:
        options = RequestOptions(TimeBudget(60))
        reading = asyncio.create_task(marketplace.read(OFFERS, {}, 1, 100, options))
        await options.sent.wait()
        reading.cancel()
        await asyncio.wait([reading])

    call(account_of(simulator), begin, stats=stats)
    assert (stats.requests, stats.answers) == (1, {"interrupted": 1})


def test_what_was_never_sent_has_no_answer(simulator):
    stats = RequestStats()
    with pytest.raises(TransientError):
        read(account_of(simulator, base_url="http://127.0.0.1:9/api-3"), stats=stats)
    assert (stats.requests, stats.answers) == (0, {})


def test_every_attempt_takes_a_permit(simulator):
    simulator.switch("main", faults=[{"kind": "504-html", "times": 2}])
    taken: list[float] = []

    class Counted:
        async def acquire(self) -> None:
            taken.append(time.monotonic())

    async def ask() -> None:
        async with open_marketplace(
            account_of(simulator), {OFFERS.limit: Counted()}, retries=Retries(3, 0)
        ) as marketplace:
            await marketplace.read(OFFERS, {}, 1, 100)

    asyncio.run(ask())
    assert len(taken) == 3


def test_more_than_a_page_is_not_asked_for(simulator):
    """eMAG gives 100 without a word, and that page looks like the last one (trap 10)."""
    with pytest.raises(ValueError, match="1 to 100 rows, not 500"):
        read(account_of(simulator), size=500)
    assert simulator.requests() == []


def test_a_waiting_read_can_be_cancelled(simulator):
    """A page may take minutes: whoever stops the sync does not wait for it (trap 19)."""
    simulator.switch("main", faults=[{"kind": "hang"}])

    async def cancel() -> None:
        async with open_marketplace(account_of(simulator), {OFFERS.limit: Unlimited()}) as marketplace:
            reading = asyncio.create_task(marketplace.read(OFFERS, {}, 1, 100))
            await asyncio.sleep(0.2)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading

    start = time.monotonic()
    asyncio.run(cancel())
    assert time.monotonic() - start < 2


def test_pages_asked_for_at_once_do_not_wait_for_each_other(simulator):
    simulator.switch("main", latency_seconds=0.5)

    async def read_all(marketplace: Marketplace) -> list[Page]:
        return await asyncio.gather(*(marketplace.read(OFFERS, {}, number, 1) for number in range(1, 6)))

    start = time.monotonic()
    pages = call(account_of(simulator), read_all)
    assert [page.rows[0]["id"] for page in pages] == [1, 2, 3, 4, 5]
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("kind", [kind for kind, _ in FAILURES] + ["bad-request-500", "401", "403", "200", "ip"])
def test_no_error_holds_the_password(simulator, kind):
    """Errors go to logs, tables and the Dagster UI (trap 47)."""
    password = WRONG_PASSWORD if kind in ("401", "403", "200") else PASSWORD
    if password == WRONG_PASSWORD:
        simulator.switch("main", auth_style=int(kind))
    elif kind == "ip":
        simulator.switch("main", refuse_ip=True)
    else:
        simulator.switch("main", faults=[{"kind": kind}])
    told: list[str] = []
    account = account_of(simulator, password)
    with pytest.raises(MarketplaceError) as caught:
        read(account, read_timeout=0.1, tell=told.append, attempts=2)
    text = everything_told(caught.value) + "".join(told) + repr(account)
    assert password not in text
    assert base64.b64encode(f"main:{password}".encode()).decode() not in text
    assert "Authorization" not in text


def test_hostile_text_arrives_as_it_was_sent(make_simulator):
    simulator = make_simulator(main=[offer(1, name="a\x00b\ud800 'x'; DROP TABLE products--")])
    assert read(account_of(simulator)).rows[0]["name"] == "a\x00b\ud800 'x'; DROP TABLE products--"
