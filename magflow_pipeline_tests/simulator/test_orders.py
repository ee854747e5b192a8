"""The order routes: there are no orders, but a budget of their own and everybody else's refusals."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.limits import ORDER_WINDOWS, RateLimit
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline.simulator.server import PASSWORD

READ = "/order/read"
COUNT = "/order/count"
PRODUCTS = "/product_offer/read"


@pytest.mark.parametrize("body", [None, {"currentPage": 2}, {"status": [1, 2], "id": [7], "type": 3}])
def test_there_are_no_orders(main: httpx.Client, body: Any) -> None:
    answer = main.post(READ, json=body)
    assert answer.json() == {"isError": False, "messages": [], "errors": [], "results": []}


def test_a_count_of_orders_is_zero_in_the_style_of_counts(simulator: Simulator, main: httpx.Client) -> None:
    strings = {"noOfItems": "0", "noOfPages": "0", "itemsPerPage": "100"}
    assert main.post(COUNT).json()["results"] == main.get(COUNT).json()["results"] == strings
    simulator.switch("main", count_style="ints", count_offset=5)
    assert main.post(COUNT).json()["results"] == {"noOfItems": 0, "noOfPages": 0, "itemsPerPage": 100}


def test_order_requests_are_logged_under_their_route(simulator: Simulator, main: httpx.Client) -> None:
    main.post(READ, json={"currentPage": 1})
    main.post(COUNT)
    assert [entry["route"] for entry in simulator.requests("main")] == ["order/read", "order/count"]


@pytest.mark.parametrize("route", [READ, COUNT])
def test_who_may_not_read_offers_may_not_read_orders(simulator: Simulator, main: httpx.Client, route: str) -> None:
    assert httpx.post(simulator.url + route).status_code == 401
    assert httpx.post(simulator.url + route, auth=("main", "wrong")).status_code == 401
    simulator.switch("main", refuse_ip=True)
    assert main.post(route).json()["messages"] == ["ERROR: Invalid vendor ip [127.0.0.1]"]


def test_faults_can_mean_the_order_routes(simulator: Simulator, main: httpx.Client) -> None:
    faults = [{"kind": "500", "route": "order/read", "page": 2}, {"kind": "429", "route": "order/count"}]
    simulator.switch("main", faults=faults)
    assert [main.post(READ, json={"currentPage": page}).status_code for page in (1, 2)] == [200, 500]
    assert main.post(COUNT).status_code == 429
    assert main.post(PRODUCTS, json={"currentPage": 2}).status_code == 200


def test_orders_and_other_routes_have_their_own_windows(small_catalogue: Catalogue) -> None:
    """Trap 16: each bucket is full while the other one is."""
    with (
        running(small_catalogue) as simulator,
        httpx.Client(base_url=simulator.url, auth=("main", PASSWORD)) as client,
        ThreadPoolExecutor(10) as pool,
    ):
        routes = [READ, COUNT] * 7 + [PRODUCTS] * 5
        statuses = list(pool.map(lambda route: client.post(route, json={"itemsPerPage": 1}).status_code, routes))
    assert sorted(statuses[:14]) == [200] * 12 + [429] * 2
    assert sorted(statuses[14:]) == [200] * 3 + [429] * 2


def test_twelve_a_second_reach_720_a_minute_and_no_more() -> None:
    limit = RateLimit(ORDER_WINDOWS)
    assert [limit.admit(second + part / 16) for second in range(60) for part in range(12)] == [True] * 720
    assert not limit.admit(59.99)


def test_invalid_order_requests_count(small_catalogue: Catalogue) -> None:
    with running(small_catalogue) as simulator, httpx.Client(base_url=simulator.url) as client:
        statuses = [client.post(READ, auth=("main", "wrong")).status_code for _ in range(12)]
        assert client.post(READ, auth=("main", PASSWORD)).status_code == 429
    assert statuses == [401] * 12
