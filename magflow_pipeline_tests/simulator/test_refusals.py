"""Who is refused and how: credentials, address, rate limit."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.limits import RateLimit
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline.simulator.server import PASSWORD
from magflow_pipeline.simulator.switches import Switches

READ = "/product_offer/read"
NO_RIGHTS = {"isError": True, "messages": ["You are not allowed to use this API."], "results": []}
UNAUTHORIZED = {"message": "Unauthorized"}


@pytest.mark.parametrize(
    ("style", "body"), [(200, NO_RIGHTS), (401, UNAUTHORIZED), (403, NO_RIGHTS)], ids=["200", "401", "403"]
)
def test_a_wrong_password_is_refused_in_three_styles(simulator: Simulator, style: int, body: dict[str, object]) -> None:
    simulator.switch("main", auth_style=style)
    answer = httpx.post(simulator.url + READ, auth=("main", "wrong"))
    assert (answer.status_code, answer.json()) == (style, body)


@pytest.mark.parametrize("header", [None, "Basic", "Basic ???", "Basic gICA", "Bearer abc"])
def test_a_missing_or_broken_header_is_a_401(simulator: Simulator, header: str | None) -> None:
    simulator.switch("main", auth_style=403)
    answer = httpx.post(simulator.url + READ, headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


def test_an_unknown_user_is_refused(simulator: Simulator) -> None:
    assert httpx.post(simulator.url + READ, auth=("nobody", PASSWORD)).status_code == 401


def test_an_address_can_be_refused_with_http_200(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", refuse_ip=True)
    answer = main.post(READ)
    assert answer.status_code == 200
    assert answer.json() == {
        "isError": True,
        "messages": ["ERROR: Invalid vendor ip [127.0.0.1]"],
        "results": [],
    }


def test_the_fourth_request_in_a_second_is_refused(small_catalogue: Catalogue) -> None:
    with running(small_catalogue) as simulator:
        with httpx.Client(base_url=simulator.url, auth=("main", PASSWORD)) as client:
            answers = [client.post(READ, json={"itemsPerPage": 1}) for _ in range(4)]
            assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
            assert answers[3].json() == {"message": "API rate limit exceeded"}
            assert "X-RateLimit-Limit-3second" in answers[3].headers
            assert "Retry-After" not in answers[3].headers
        other = httpx.post(simulator.url + READ, auth=("fbe", PASSWORD))
        assert other.status_code == 200, "each account has its own limit"
        time.sleep(1.05)
        assert httpx.post(simulator.url + READ, auth=("main", PASSWORD)).status_code == 200


def test_routes_share_the_limit_and_invalid_requests_count(small_catalogue: Catalogue) -> None:
    with running(small_catalogue) as simulator, httpx.Client(base_url=simulator.url) as client:
        auth = ("main", PASSWORD)
        assert client.post("/no/such/route", auth=auth).status_code == 404
        assert client.post(READ, auth=("main", "wrong")).status_code == 401
        assert client.post("/product_offer/count", auth=auth).status_code == 200
        assert client.post(READ, auth=auth).status_code == 429


def test_parallel_requests_are_limited_too(small_catalogue: Catalogue) -> None:
    with (
        running(small_catalogue) as simulator,
        httpx.Client(base_url=simulator.url, auth=("main", PASSWORD)) as client,
        ThreadPoolExecutor(10) as pool,
    ):
        statuses = list(pool.map(lambda _: client.post(READ).status_code, range(10)))
    assert sorted(statuses) == [200] * 3 + [429] * 7


@pytest.mark.parametrize("style", ["seconds", "date"])
def test_a_429_can_say_when_to_come_back(simulator: Simulator, main: httpx.Client, style: str) -> None:
    simulator.switch("main", retry_after=style, faults=[{"kind": "429"}])
    value = main.post(READ).headers["Retry-After"]
    if style == "seconds":
        assert value == "1"
    else:
        ahead = parsedate_to_datetime(value).timestamp() - time.time()
        assert 0 < ahead <= 3


@pytest.mark.parametrize("told", [0, 7])
def test_what_a_429_says_can_be_chosen(simulator: Simulator, main: httpx.Client, told: int) -> None:
    simulator.switch("main", retry_after="seconds", retry_after_seconds=told, faults=[{"kind": "429"}])
    assert main.post(READ).headers["Retry-After"] == str(told)
    simulator.switch("main", retry_after="date")
    ahead = parsedate_to_datetime(main.post(READ).headers["Retry-After"]).timestamp() - time.time()
    assert told - 2 < ahead <= told + 1


def test_a_real_429_says_the_chosen_time_too(small_catalogue: Catalogue) -> None:
    chosen = {"main": Switches(retry_after="seconds", retry_after_seconds=30)}
    with running(small_catalogue, chosen) as simulator, httpx.Client(auth=("main", PASSWORD)) as client:
        answers = [client.post(simulator.url + READ) for _ in range(4)]
    assert [answer.headers.get("Retry-After") for answer in answers] == [None, None, None, "30"]


def test_refused_requests_keep_the_window_closed() -> None:
    limit = RateLimit()
    assert [limit.admit(at) for at in (0, 0.1, 0.2, 0.9)] == [True, True, True, False]
    assert limit.wait(0.9) == pytest.approx(0.2)
    assert not limit.admit(1.05)  # 0.1, 0.2 and the refused 0.9 are still in the window
    assert limit.admit(1.3)


def test_three_a_second_reach_180_a_minute_and_no_more() -> None:
    limit = RateLimit()
    steady = [limit.admit(number * 0.334) for number in range(200)]
    assert all(steady), "3 a second for a minute is allowed"
    faster = RateLimit()
    assert [faster.admit(second + part) for second in range(60) for part in (0, 0.3, 0.6)] == [True] * 180
    assert not faster.admit(59.99 + 0.001)


@given(gaps=st.lists(st.floats(0, 0.7), max_size=60))
def test_never_more_than_three_are_admitted_in_any_second(gaps: list[float]) -> None:
    limit = RateLimit()
    now, admitted = 0.0, list[float]()
    for gap in gaps:
        now += gap
        if limit.admit(now):
            admitted.append(now)
    for earlier, later in zip(admitted, admitted[3:], strict=False):
        assert later >= earlier + 1.0


def test_switches_given_at_the_start_hold(small_catalogue: Catalogue) -> None:
    given_switches = {"fbe": Switches(refuse_ip=True)}
    with running(small_catalogue, given_switches) as simulator:
        assert httpx.post(simulator.url + READ, auth=("fbe", PASSWORD)).json()["isError"] is True
        assert httpx.post(simulator.url + READ, auth=("main", PASSWORD)).json()["isError"] is False
