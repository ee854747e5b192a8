"""The control routes: tests of other packages rely on what they say and change."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from pydantic import ValidationError

from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline.simulator.server import PASSWORD

READ = "/product_offer/read"


def ids(main: httpx.Client, page: int = 1) -> list[int]:
    return [row["id"] for row in main.post(READ, json={"currentPage": page}).json()["results"]]


def test_requests_are_listed_as_they_came(simulator: Simulator, main: httpx.Client) -> None:
    before = time.monotonic()
    main.post(READ, json={"currentPage": 2})
    main.get("/product_offer/count")
    main.post("/vat/read", content="data[x]=1", headers={"Content-Type": "application/x-www-form-urlencoded"})
    httpx.post(simulator.url + READ, auth=("fbe", "wrong"), content="not json")
    listed = simulator.requests()
    assert [{**entry, "arrived": 0} for entry in listed] == [
        {"account": "main", "route": "read", "body": {"currentPage": 2}, "arrived": 0, "status": 200},
        {"account": "main", "route": "count", "body": None, "arrived": 0, "status": 200},
        {
            "account": "main",
            "route": "/api-3/vat/read",
            "body": {"data": {"x": "1"}},
            "arrived": 0,
            "status": 404,
        },
        {"account": "fbe", "route": "read", "body": "not json", "arrived": 0, "status": 401},
    ]
    arrivals = [entry["arrived"] for entry in listed]
    assert before < arrivals[0] < arrivals[-1] < time.monotonic()
    assert simulator.requests("fbe") == listed[3:]


def test_page_and_size_are_in_the_logged_body(simulator: Simulator, main: httpx.Client) -> None:
    main.post(READ, json={"currentPage": 3, "itemsPerPage": 20})
    assert simulator.requests()[0]["body"] == {"currentPage": 3, "itemsPerPage": 20}


def test_requests_are_in_order_of_arrival_even_when_a_body_comes_late(simulator: Simulator, main: httpx.Client) -> None:
    """Gaps between arrivals are what a test of a rate limiter measures."""

    def late_body() -> Iterator[bytes]:
        with httpx.Client(base_url=simulator.url, auth=("fbe", PASSWORD)) as other:
            other.post(READ)
            yield b'{"currentPage": 2}'

    main.post(READ, content=late_body(), headers={"Content-Type": "application/json"})
    listed = simulator.requests()
    assert [(entry["account"], entry["body"]) for entry in listed] == [("main", {"currentPage": 2}), ("fbe", None)]
    assert listed[0]["arrived"] < listed[1]["arrived"]


def test_requests_can_be_forgotten(simulator: Simulator, main: httpx.Client) -> None:
    main.post(READ)
    simulator.clear()
    assert simulator.requests() == []


def test_switch_changes_only_what_it_names(simulator: Simulator) -> None:
    simulator.switch("main", count_offset=5)
    assert simulator.switch("main", retry_after="date").count_offset == 5
    stored = httpx.get(f"{simulator.origin}/_simulator/switches/main").json()
    assert (stored["count_offset"], stored["retry_after"], stored["enforce_rate_limit"]) == (5, "date", False)


def test_a_switch_does_not_bring_back_what_was_played(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", faults=[{"kind": "500", "times": 1}])
    assert main.post(READ).status_code == 500
    assert simulator.switch("main", count_offset=1).faults[0].times == 0
    assert main.post(READ).status_code == 200


def test_putting_switches_replaces_them(simulator: Simulator) -> None:
    simulator.switch("main", count_offset=5)
    answer = httpx.put(f"{simulator.origin}/_simulator/switches/main", json={"refuse_ip": True})
    assert (answer.json()["refuse_ip"], answer.json()["count_offset"]) == (True, 0)


def test_a_misspelt_switch_is_refused(simulator: Simulator) -> None:
    with pytest.raises(ValidationError):
        simulator.switch("main", refuse_pi=True)
    answer = httpx.put(f"{simulator.origin}/_simulator/switches/main", json={"refuse_pi": True})
    assert answer.status_code == 422


def test_offers_can_be_added_replaced_and_removed_between_two_pages(simulator: Simulator, main: httpx.Client) -> None:
    first = ids(main)
    simulator.patch_offers("main", [{"id": 0, "part_number": "NEW1"}])
    assert ids(main, page=2)[0] == first[-1], "an insert below shifts the last row to the next page"
    simulator.patch_offers("main", [{"id": 0, "part_number": "NEW2"}])
    assert main.post(READ, json={"id": 0}).json()["results"] == [{"id": 0, "part_number": "NEW2"}]
    simulator.remove_offer("main", 0)
    assert ids(main) == first


def test_putting_offers_replaces_all_of_them(simulator: Simulator, main: httpx.Client) -> None:
    simulator.put_offers("main", [{"id": 9}, {"id": 3}])
    assert ids(main) == [3, 9]
    assert simulator.offers("main") == [{"id": 3}, {"id": 9}]


def test_a_filtered_read_sees_every_change(simulator: Simulator, main: httpx.Client) -> None:
    simulator.put_offers("main", [{"id": number, "general_stock": number} for number in (1, 2, 3)])

    def low() -> list[int]:
        return [row["id"] for row in main.post(READ, json={"general_stock": 2}).json()["results"]]

    assert low() == [1, 2]
    simulator.patch_offers("main", [{"id": 2, "general_stock": 9}, {"id": 3, "general_stock": 0}])
    assert low() == [1, 3]
    simulator.remove_offer("main", 1)
    assert low() == [3]
    simulator.put_offers("main", [{"id": number, "general_stock": 0} for number in range(20)])
    assert low() == list(range(20))
    simulator.switch("main", order_of_rows="shuffled")
    assert low() != list(range(20))
    assert sorted(low()) == list(range(20))


@pytest.mark.parametrize("content", ["{}", "no json"])
def test_offers_that_are_no_list_are_refused(simulator: Simulator, content: str) -> None:
    url = f"{simulator.origin}/_simulator/offers/main"
    assert httpx.put(url, content=content).status_code == 422
    assert len(simulator.offers("main")) == 203


def test_an_unknown_account_or_offer_is_a_404(simulator: Simulator) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        simulator.switch("nobody", refuse_ip=True)
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        simulator.remove_offer("main", 999_999)


def test_control_needs_no_credentials_and_costs_no_budget(small_catalogue: Catalogue) -> None:
    with running(small_catalogue) as simulator:
        for _ in range(10):
            simulator.switch("main", latency_seconds=0)
        assert httpx.post(simulator.url + READ, auth=("main", PASSWORD)).status_code == 200
        assert len(simulator.requests()) == 1


def test_it_stops_without_leaving_a_thread_a_port_or_log_handlers(small_catalogue: Catalogue) -> None:
    handlers = logging.getLogger("uvicorn").handlers[:]
    with running(small_catalogue) as simulator:
        port = int(simulator.origin.rpartition(":")[2])
        assert any(thread.name == "emag-simulator" for thread in threading.enumerate())
        with httpx.Client() as kept_alive:
            kept_alive.get(simulator.origin)
    with running(small_catalogue, port=port) as again:
        assert again.origin == simulator.origin
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    assert logging.getLogger("uvicorn").handlers == handlers


def test_it_stops_when_the_block_fails(small_catalogue: Catalogue) -> None:
    with pytest.raises(ZeroDivisionError), running(small_catalogue) as simulator:
        origin = simulator.origin
        raise ZeroDivisionError
    with pytest.raises(httpx.ConnectError):
        httpx.get(origin)
