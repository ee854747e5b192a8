"""Every fault is played as its name says, on the page and as often as planned."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.faults import PLAYERS
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline.simulator.server import PASSWORD
from magflow_pipeline.simulator.switches import Fault, FaultKind, Switches

READ = "/product_offer/read"
COUNT = "/product_offer/count"


def test_every_kind_has_a_player() -> None:
    assert set(PLAYERS) == set(FaultKind)


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("429", 429, {"message": "API rate limit exceeded"}),
        ("500", 500, {"message": "An unexpected error occurred"}),
        ("null", 200, None),
        ("empty-page", 200, {"isError": False, "messages": [], "errors": [], "results": []}),
        ("bad-request-500", 500, {"isError": True, "messages": ["Error processing data"], "results": []}),
    ],
)
@pytest.mark.parametrize("route", ["read", "count"])
def test_a_fault_answers_json(
    simulator: Simulator, main: httpx.Client, kind: str, status: int, body: object, route: str
) -> None:
    simulator.switch("main", faults=[Fault(kind=FaultKind(kind), route=route)])
    answer = main.post(f"/product_offer/{route}")
    assert (answer.status_code, answer.json()) == (status, body)


def ids(main: httpx.Client, **keys: int) -> list[int]:
    return [row["id"] for row in main.post(READ, json=keys).json()["results"]]


@pytest.mark.parametrize("kind", ["200-html", "502-html", "503-html", "504-html"])
def test_a_fault_answers_html(simulator: Simulator, main: httpx.Client, kind: str) -> None:
    simulator.switch("main", faults=[{"kind": kind}])
    answer = main.post(READ)
    assert answer.status_code == int(kind[:3])
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<html>")


def test_a_truncated_answer_is_half_of_the_right_one(simulator: Simulator, main: httpx.Client) -> None:
    whole = main.post(READ).content
    simulator.switch("main", faults=[{"kind": "truncated"}])
    answer = main.post(READ)
    assert answer.status_code == 200
    assert answer.content == whole[: len(whole) // 2]
    with pytest.raises(ValueError, match="char"):
        answer.json()


def test_a_repeated_page_brings_the_first_rows_again(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", faults=[{"kind": "repeat-page", "page": 2}])
    first, second, third = (main.post(READ, json={"currentPage": page}).json() for page in (1, 2, 3))
    assert first == second
    assert len(third["results"]) == 3


def test_wrong_rows_are_those_of_the_next_page(simulator: Simulator, main: httpx.Client) -> None:
    first, second = ids(main), ids(main, currentPage=2)
    simulator.switch("main", faults=[{"kind": "wrong-rows", "page": 1, "times": 1}])
    assert ids(main) == second
    assert ids(main) == first


def test_half_a_page_is_the_first_half_in_a_valid_answer(simulator: Simulator, main: httpx.Client) -> None:
    whole = ids(main)
    simulator.switch("main", faults=[{"kind": "half-page"}])
    assert ids(main) == whole[:50]
    assert ids(main, itemsPerPage=7) == whole[:3]


def test_duplicate_rows_fill_a_page_with_its_first_half_twice(simulator: Simulator, main: httpx.Client) -> None:
    whole = ids(main)
    simulator.switch("main", faults=[{"kind": "duplicate-rows"}])
    assert ids(main) == whole[:50] * 2
    assert ids(main, itemsPerPage=3) == [*whole[:2], whole[0]]


@pytest.mark.parametrize("kind", ["half-page", "duplicate-rows"])
def test_a_fault_about_rows_leaves_a_count_as_it_is(simulator: Simulator, main: httpx.Client, kind: str) -> None:
    simulator.switch("main", faults=[{"kind": kind, "route": "count"}])
    assert main.post(COUNT).json()["results"]["noOfItems"] == "203"


def test_slow_waits_and_then_answers_as_ever(simulator: Simulator, main: httpx.Client) -> None:
    regular = main.post(READ, json={"currentPage": 2}).content
    simulator.switch("main", faults=[{"kind": "slow", "seconds": 0.2, "page": 2, "times": 1}])
    start = time.monotonic()
    assert main.post(READ, json={"currentPage": 2}).content == regular
    assert time.monotonic() - start >= 0.2


def test_slow_ends_when_the_client_leaves(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", faults=[{"kind": "slow", "seconds": 60, "times": 1}])
    with pytest.raises(httpx.ReadTimeout):
        main.post(READ, timeout=0.1)
    assert main.post(READ).status_code == 200
    assert [entry["status"] for entry in simulator.requests("main")] == [None, 200]


def test_reset_closes_the_connection_without_an_answer(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", faults=[{"kind": "reset", "times": 1}])
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        main.post(READ)
    assert main.post(READ).status_code == 200
    assert [entry["status"] for entry in simulator.requests("main")] == [None, 200]


def test_hang_lasts_until_the_client_leaves(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", faults=[{"kind": "hang", "times": 1}])
    with pytest.raises(httpx.ReadTimeout):
        main.post(READ, timeout=0.2)
    assert main.post(READ).status_code == 200
    assert [entry["status"] for entry in simulator.requests("main")] == [None, 200]


def test_hold_lasts_until_it_is_taken_back(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", faults=[{"kind": "hold"}])
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(main.post, READ)
        while not simulator.requests("main"):
            time.sleep(0.01)
        assert main.post(COUNT).status_code == 200
        assert not held.done()
        simulator.switch("main", faults=[])
        assert held.result().status_code == 200


def test_a_hanging_request_does_not_hold_up_the_stop(small_catalogue: Catalogue) -> None:
    hanging = {"main": Switches(faults=[Fault(kind=FaultKind.HANG)], latency_seconds=0)}
    slow = Switches(latency_seconds=60)
    with httpx.Client(auth=("main", PASSWORD)) as client, httpx.Client(auth=("fbe", PASSWORD)) as other:
        with running(small_catalogue, hanging | {"fbe": slow}) as simulator:
            for caller in (client, other):
                with pytest.raises(httpx.ReadTimeout):
                    caller.post(simulator.url + READ, timeout=0.1)
            start = time.monotonic()
        assert time.monotonic() - start < 2


def test_a_fault_means_its_page_and_its_route_only(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", faults=[{"kind": "500", "page": 2}])
    assert main.post(READ, json={"currentPage": 1}).status_code == 200
    assert main.post(READ, json={"currentPage": 2}).status_code == 500
    assert main.post(COUNT).status_code == 200


def test_a_fault_can_mean_one_size_of_page(simulator: Simulator, main: httpx.Client) -> None:
    """A page of 100 fails and the same rows in pages of 50 are answered."""
    simulator.switch("main", faults=[{"kind": "504-html", "size": 100}])
    bodies = ({"itemsPerPage": 100}, {}, {"itemsPerPage": 50}, {"itemsPerPage": 500})
    assert [main.post(READ, json=body).status_code for body in bodies] == [504, 504, 200, 200]


def test_a_fault_can_mean_one_offer(simulator: Simulator, main: httpx.Client) -> None:
    one, other = ids(main)[:2]
    simulator.switch("main", ignore_filters=True, faults=[{"kind": "500", "offer_id": one}])
    bodies = ({"id": one}, {"id": str(one)}, {"id": other}, {})
    assert [main.post(READ, json=body).status_code for body in bodies] == [500, 500, 200, 200]


def test_a_fault_is_played_as_often_as_planned(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", faults=[{"kind": "504-html", "times": 2}, {"kind": "429", "times": 1}])
    assert [main.post(READ).status_code for _ in range(4)] == [504, 504, 429, 200]


def test_a_fault_without_a_number_lasts(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", faults=[{"kind": "503-html"}])
    assert {main.post(READ).status_code for _ in range(5)} == {503}


def test_one_account_can_fail_while_the_other_works(simulator: Simulator) -> None:
    simulator.switch("main", faults=[{"kind": "500"}])
    assert httpx.post(simulator.url + READ, auth=("main", PASSWORD)).status_code == 500
    assert httpx.post(simulator.url + READ, auth=("fbe", PASSWORD)).status_code == 200
