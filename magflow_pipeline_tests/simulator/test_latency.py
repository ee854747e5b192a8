"""How long an answer takes: for clients that choose their timeout and their page size by it."""

from __future__ import annotations

import time

import httpx
import pytest

from magflow_pipeline.simulator.catalogue import Catalogue, make_catalogue
from magflow_pipeline.simulator.reading import Query
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline.simulator.server import PASSWORD
from magflow_pipeline.simulator.switches import RouteName, Switches

READ = "/product_offer/read"


def seconds(client: httpx.Client, route: str = READ, **keys: int) -> float:
    start = time.perf_counter()
    assert client.post(route, json=keys).status_code == 200
    return time.perf_counter() - start


def test_latency_delays_the_answer(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", latency_seconds=0.2)
    assert seconds(main) >= 0.2


def test_an_answer_takes_as_long_as_the_size_that_was_asked(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", latency_per_item_seconds=0.01)
    assert seconds(main, itemsPerPage=20) >= 0.2
    assert seconds(main, itemsPerPage=20, currentPage=99) >= 0.2, "not by the rows that are there"
    assert seconds(main, itemsPerPage=1) < 0.2
    assert seconds(main, "/product_offer/count") < 0.2


@pytest.mark.parametrize(
    ("route", "size", "expected"),
    [("read", 50, 1.5), ("read", 500, 2), ("order/read", 50, 1.5), ("count", 50, 1), ("order/count", 50, 1)],
)
def test_only_reads_take_longer_by_size_and_none_longer_than_100_rows(
    route: RouteName, size: int, expected: float
) -> None:
    switches = Switches(latency_seconds=1, latency_per_item_seconds=0.01)
    assert switches.latency(route, Query(page=1, size=size, filters={})) == pytest.approx(expected)


def test_jitter_adds_something_between_nothing_and_its_most(simulator: Simulator, main: httpx.Client) -> None:
    switches = simulator.switch("main", latency_seconds=0.01, latency_jitter_seconds=0.2)
    planned = [switches.latency("read", Query(page=1, size=100, filters={})) for _ in range(100)]
    assert 0.01 <= min(planned) < 0.05
    assert 0.16 < max(planned) <= 0.21
    played = [seconds(main) for _ in range(10)]
    assert max(played) - min(played) > 0.02


def processor_seconds(client: httpx.Client, **keys: int) -> float:
    """Of client and simulator, which are one process: what else the machine does counts for nothing."""
    start = time.process_time()
    seconds(client, **keys)
    return time.process_time() - start


def test_a_page_of_a_large_catalogue_takes_little_time() -> None:
    """The limit is 3 requests a second: a simulator that needs longer would hide what a client does."""
    few = make_catalogue(main=500, fbe=0).accounts["main"]
    many = [few[number % 500] | {"id": number + 1, "part_number": f"S{number}"} for number in range(200_000)]
    low = [offer["id"] for offer in many if offer["general_stock"] <= 10]
    with (
        running(Catalogue({"main": many}), {"main": Switches(enforce_rate_limit=False)}) as simulator,
        httpx.Client(base_url=simulator.url, auth=("main", PASSWORD), timeout=10) as main,
    ):
        answer = main.post(READ, json={"general_stock": 10, "currentPage": 90}).json()
        assert [row["id"] for row in answer["results"]] == low[8900:9000]
        for page in (1, 90, 1999):
            assert min(processor_seconds(main, general_stock=10, currentPage=page) for _ in range(5)) < 0.05
            assert min(processor_seconds(main, currentPage=page) for _ in range(5)) < 0.05
        assert min(processor_seconds(main, id=number) for number in range(150_000, 150_005)) < 0.05
