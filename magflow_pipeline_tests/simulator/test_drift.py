"""Offers that come and go between two pages of a scan (emag-api.md: traps 11 and 12)."""

from __future__ import annotations

from itertools import chain
from typing import Any

import httpx
import pytest

from magflow_pipeline.simulator.running import Simulator
from magflow_pipeline.simulator.server import PASSWORD

READ = "/product_offer/read"
COUNT = "/product_offer/count"


@pytest.fixture(autouse=True)
def twelve(simulator: Simulator) -> None:
    """Ids 11 to 22: there is room for arrivals below."""
    simulator.put_offers("main", offers(11))


def offers(first: int) -> list[dict[str, Any]]:
    return [
        {"id": number, "part_number": f"S{number}", "part_number_key": f"P{number}", "general_stock": number}
        for number in range(first, first + 12)
    ]


def ids(client: httpx.Client, page: int = 1, size: int = 5, **filters: int) -> list[int]:
    answer = client.post(READ, json={"currentPage": page, "itemsPerPage": size, **filters})
    assert answer.status_code == 200
    return [row["id"] for row in answer.json()["results"]]


def scan(client: httpx.Client, size: int = 5) -> list[int]:
    return list(chain(*(ids(client, page, size) for page in range(1, 12 // size + 3))))


def sold(simulator: Simulator) -> list[int]:
    return [offer["id"] for offer in simulator.offers("main")]


def test_an_insert_brings_a_row_twice(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", drift=[{"kind": "insert", "after_page": 1}])
    assert scan(main) == [11, 12, 13, 14, 15, 15, 16, 17, 18, 19, 20, 21, 22]
    assert sold(simulator) == [10, *range(11, 23)]


def test_a_removal_skips_a_row(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", drift=[{"kind": "remove", "after_page": 1}])
    assert scan(main) == [11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22]
    assert sold(simulator) == list(range(12, 23))


def test_a_replacement_skips_a_row_and_keeps_the_count(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", drift=[{"kind": "replace", "after_page": 1}])
    before = main.post(COUNT).json()
    assert scan(main) == [11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22, 23]
    assert main.post(COUNT).json() == before
    assert sold(simulator) == list(range(12, 24))


def test_an_appended_offer_is_on_the_last_page(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", drift=[{"kind": "append", "after_page": 2}])
    assert scan(main) == [*range(11, 23), 23]


@pytest.mark.parametrize(("kind", "left"), [("remove", []), ("replace", [23])])
def test_the_one_that_leaves_can_be_named(simulator: Simulator, main: httpx.Client, kind: str, left: list[int]) -> None:
    simulator.switch("main", drift=[{"kind": kind, "after_page": 1, "offer_id": 14}])
    ids(main)
    assert sold(simulator) == [11, 12, 13, *range(15, 23), *left]


def test_an_arrival_is_a_copy_under_its_own_name(simulator: Simulator, main: httpx.Client) -> None:
    simulator.put_offers(
        "main", ["hostile", {"id": 9, "part_number_key": "P"}, {"id": 10, "part_number": "S"}, *offers(11)]
    )
    drift = [{"kind": "insert", "after_page": 1}, {"kind": "append", "after_page": 1}]
    simulator.switch("main", drift=drift)
    ids(main)
    low, *known, high, hostile = simulator.offers("main")
    assert (low["id"], high["id"], hostile) == (8, 23, "hostile")
    for arrival in (low, high):
        assert arrival.keys() == known[2].keys()
        assert {key for key in arrival if arrival[key] != known[2][key]} == {"id", "part_number", "part_number_key"}
    assert low["part_number"] != high["part_number"]
    assert low["part_number_key"] != high["part_number_key"]
    assert len(low["part_number_key"]) == 9


@pytest.mark.parametrize("size", [1, 3, 5, 12, 100, 500])
def test_it_happens_after_a_page_of_any_size(simulator: Simulator, main: httpx.Client, size: int) -> None:
    simulator.switch("main", drift=[{"kind": "insert", "after_page": 1}])
    assert ids(main, 1, size) == list(range(11, 11 + min(size, 12)))
    assert sold(simulator)[0] == 10


def test_it_happens_as_often_as_planned_and_says_how_often_is_left(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", drift=[{"kind": "insert", "after_page": 1, "times": 2}])
    for lowest, left in ((10, 1), (9, 0), (9, 0)):
        ids(main)
        assert sold(simulator)[0] == lowest
        assert simulator.switch("main").drift[0].times == left


def test_it_happens_for_ever(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", drift=[{"kind": "append", "after_page": 1, "times": None}])
    for _ in range(5):
        ids(main)
    assert sold(simulator)[-1] == 27


def test_every_change_that_is_due_happens(simulator: Simulator, main: httpx.Client) -> None:
    drift = [{"kind": "remove", "after_page": page} for page in (2, 1, 1)]
    simulator.switch("main", drift=drift)
    ids(main)
    assert sold(simulator) == list(range(13, 23))


def test_neither_a_failed_page_nor_a_refused_one_brings_it(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", drift=[{"kind": "remove", "after_page": 1}], refuse_ip=True)
    main.post(READ)
    simulator.switch("main", refuse_ip=False, faults=[{"kind": "504-html", "times": 1}, {"kind": "hang", "times": 1}])
    assert main.post(READ).status_code == 504
    with pytest.raises(httpx.ReadTimeout):
        main.post(READ, timeout=0.1)
    assert sold(simulator) == list(range(11, 23))
    ids(main)
    assert sold(simulator) == list(range(12, 23))


def test_neither_a_count_nor_a_read_of_one_offer_nor_another_account_brings_it(
    simulator: Simulator, main: httpx.Client
) -> None:
    simulator.switch("main", drift=[{"kind": "remove", "after_page": 1}])
    main.post(COUNT)
    main.post("/order/read")
    assert ids(main, id=12) == [12]
    httpx.post(simulator.url + READ, auth=("fbe", PASSWORD))
    assert sold(simulator) == list(range(11, 23))


def test_a_filtered_scan_drifts_among_what_it_asked_for(simulator: Simulator, main: httpx.Client) -> None:
    simulator.put_offers("main", [offer | {"general_stock": 30 - offer["id"]} for offer in offers(11)])
    drift = [{"kind": "remove", "after_page": 1}, {"kind": "insert", "after_page": 2}]
    simulator.switch("main", drift=drift)
    # Ids 18 to 22 have at most 12 pieces.
    pages = [ids(main, page, 2, general_stock=12) for page in (1, 2, 3)]
    assert pages == [[18, 19], [21, 22], [22]]
    assert 18 not in sold(simulator)


def test_shuffled_rows_drift_too(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", order_of_rows="shuffled")
    before = scan(main)
    simulator.switch("main", drift=[{"kind": "remove", "after_page": 1}])
    assert scan(main) == before[:5] + before[6:]
    assert sorted(before[1:]) == sold(simulator)


def test_ids_from_one_leave_only_gaps_to_arrive_in(simulator: Simulator, main: httpx.Client) -> None:
    """Id 0 would be a malformed offer and not a drift."""
    simulator.put_offers("main", [offer for offer in offers(1) if offer["id"] != 3])
    simulator.switch("main", drift=[{"kind": "insert", "after_page": 1}])
    assert ids(main) == [1, 2, 4, 5, 6]
    assert ids(main, 2) == [6, 7, 8, 9, 10]
    assert sold(simulator) == list(range(1, 13))


def test_shuffled_rows_have_room_at_every_id(simulator: Simulator, main: httpx.Client) -> None:
    simulator.put_offers("main", offers(1))
    simulator.switch("main", order_of_rows="shuffled", drift=[{"kind": "insert", "after_page": 1}])
    ids(main)
    assert sold(simulator) == list(range(1, 14))


def test_a_gap_behind_a_capped_page_is_no_room(simulator: Simulator, main: httpx.Client) -> None:
    simulator.put_offers("main", [*chain(*(offers(first) for first in range(1, 109, 12))), *offers(110)])
    simulator.switch("main", drift=[{"kind": "insert", "after_page": 1}])
    assert main.post(READ, json={"itemsPerPage": 500}).status_code == 500


@pytest.mark.parametrize(
    ("stored", "change"),
    [
        (offers(1), {"kind": "insert"}),
        ([offer for offer in offers(1) if offer["id"] != 7], {"kind": "insert"}),
        ([], {"kind": "append"}),
        ([{"id": 1}], {"kind": "append"}),
        ([], {"kind": "remove"}),
        (offers(1), {"kind": "remove", "offer_id": 99}),
        (offers(1), {"kind": "replace", "offer_id": 99}),
    ],
)
def test_a_change_that_cannot_be_made_is_an_error_and_stays_due(
    simulator: Simulator, main: httpx.Client, stored: list[Any], change: dict[str, Any]
) -> None:
    """A test that plans a drift must not pass without it."""
    simulator.put_offers("main", stored)
    simulator.switch("main", drift=[change | {"after_page": 1}])
    for _ in range(2):
        answer = main.post(READ, json={"itemsPerPage": 5})
        assert answer.status_code == 500
        assert answer.json()["message"].startswith("the planned drift cannot be played: no ")
    assert simulator.offers("main") == stored
    assert simulator.switch("main").drift[0].times == 1
