"""How the simulated api-3 reads a request: paging, filters, envelopes, traps of section 7."""

from __future__ import annotations

import time
from itertools import chain
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.reading import read_body
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline.simulator.server import PASSWORD
from magflow_pipeline.simulator.switches import Switches

READ = "/product_offer/read"
COUNT = "/product_offer/count"
FIRST = {"currentPage": 1, "itemsPerPage": 2}


def rows(client: httpx.Client, body: Any = None) -> list[dict[str, Any]]:
    answer = client.post(READ, json=body)
    assert answer.status_code == 200
    assert answer.json()["isError"] is False
    return answer.json()["results"]


def ids(client: httpx.Client, body: Any = None) -> list[int]:
    return [row["id"] for row in rows(client, body)]


def test_an_answer_has_the_envelope_of_the_live_api(main: httpx.Client) -> None:
    answer = main.post(READ, json={"currentPage": 99})
    assert answer.json() == {"isError": False, "messages": [], "errors": [], "results": []}
    assert answer.headers["content-type"] == "application/json"


def test_203_offers_are_three_pages_and_the_fourth_is_empty(main: httpx.Client, small_catalogue: Catalogue) -> None:
    pages = [ids(main, {"currentPage": page}) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [100, 100, 3, 0]
    assert list(chain(*pages)) == [offer["id"] for offer in small_catalogue.accounts["main"]]


def test_rows_arrive_as_the_catalogue_has_them(main: httpx.Client, small_catalogue: Catalogue) -> None:
    assert rows(main) == small_catalogue.accounts["main"][:100]


def test_the_user_name_decides_the_account(simulator: Simulator, small_catalogue: Catalogue) -> None:
    answer = httpx.post(simulator.url + READ, json=FIRST, auth=("fbe", PASSWORD))
    assert answer.json()["results"] == small_catalogue.accounts["fbe"][:2]


@pytest.mark.parametrize("body", ["data[currentPage]=3", "data%5BcurrentPage%5D=3", "currentPage=3"])
def test_a_form_is_read_like_json(main: httpx.Client, body: str) -> None:
    answer = main.post(READ, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.json() == main.post(READ, json={"currentPage": 3}).json()


def test_filters_inside_data_are_ignored_unless_honoured(simulator: Simulator, main: httpx.Client) -> None:
    body = {"data": {"itemsPerPage": 5}}
    assert len(rows(main, body)) == 100
    simulator.switch("main", data_wrapper_on_read="honour")
    assert len(rows(main, body)) == 5


def test_more_than_100_per_page_is_capped_or_refused(simulator: Simulator, main: httpx.Client) -> None:
    assert len(rows(main, {"itemsPerPage": 500})) == 100
    simulator.switch("main", over_limit="error400")
    answer = main.post(READ, json={"itemsPerPage": 500})
    assert answer.status_code == 400
    assert answer.json()["isError"] is True
    assert len(rows(main, {"itemsPerPage": 100})) == 100


def test_a_page_number_below_one_is_the_first_page(main: httpx.Client) -> None:
    assert ids(main, {"currentPage": 0}) == ids(main, {"currentPage": -3}) == ids(main)


@pytest.mark.parametrize("key", ["id", "part_number", "part_number_key"])
def test_a_filter_on_an_identifier_finds_the_one_offer(main: httpx.Client, key: str) -> None:
    wanted = rows(main)[17]
    assert ids(main, {key: wanted[key]}) == [wanted["id"]]


@pytest.mark.parametrize("key", ["general_stock", "estimated_stock"])
def test_a_stock_filter_is_an_upper_bound(main: httpx.Client, small_catalogue: Catalogue, key: str) -> None:
    wanted = [offer["id"] for offer in small_catalogue.accounts["main"] if offer[key] <= 9]
    assert len(wanted) > 1
    assert ids(main, {key: 9}) == wanted


@pytest.mark.parametrize("status", [0, 1, 2])
def test_the_status_filter_selects(main: httpx.Client, small_catalogue: Catalogue, status: int) -> None:
    wanted = [offer["id"] for offer in small_catalogue.accounts["main"] if offer["status"] == status]
    assert wanted
    assert ids(main, {"status": status}) == wanted[:100]


def test_without_a_status_filter_every_status_comes_back(simulator: Simulator, main: httpx.Client) -> None:
    offers = [offer | {"status": number % 3} for number, offer in enumerate(rows(main))]
    simulator.put_offers("main", offers)
    assert {row["status"] for row in rows(main)} == {0, 1, 2}


def test_validation_filters_look_at_every_entry(simulator: Simulator, main: httpx.Client) -> None:
    saleable, doubtful = {"value": 1}, {"value": 2}
    simulator.put_offers(
        "main",
        [
            {"id": 1, "validation_status": [{"value": 9}, {"value": 3}], "offer_validation_status": saleable},
            {"id": 2, "validation_status": [{"value": 9}], "offer_validation_status": [doubtful]},
            {"id": 3, "validation_status": None},
        ],
    )
    assert ids(main, {"validation_status": 9}) == [1, 2]
    assert ids(main, {"validation_status": 3}) == [1]
    assert ids(main, {"offer_validation_status": 1}) == [1]
    assert ids(main, {"offer_validation_status": 2}) == [2]


def test_filters_combine_and_page(main: httpx.Client, small_catalogue: Catalogue) -> None:
    wanted = [
        offer["id"]
        for offer in small_catalogue.accounts["main"]
        if offer["status"] == 1 and offer["general_stock"] <= 50
    ]
    body = {"status": 1, "general_stock": "50", "itemsPerPage": 10, "currentPage": 2}
    assert ids(main, body) == wanted[10:20]


@pytest.mark.parametrize("name", ["modified", "ean", "category_id", "currentpage"])
def test_an_unknown_filter_is_ignored_without_a_word(main: httpx.Client, name: str) -> None:
    assert ids(main, {name: "7"}) == ids(main)


@pytest.mark.parametrize("body", [{"id": {"from": 1}}, {"id": [1]}, {"status": "one"}, {"currentPage": {}}])
def test_a_value_of_the_wrong_shape_looks_like_a_server_error(main: httpx.Client, body: Any) -> None:
    answer = main.post(READ, json=body)
    assert answer.status_code == 500
    assert answer.json() == {"isError": True, "messages": ["Error processing data"], "results": []}


def test_filters_can_be_ignored_altogether(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", ignore_filters=True)
    assert len(rows(main, {"id": 1})) == 100
    assert main.post(COUNT, json={"id": 1}).json()["results"]["noOfItems"] == "203"


def test_some_filters_can_be_ignored_and_the_others_kept(simulator: Simulator, main: httpx.Client) -> None:
    active = ids(main, {"status": 1, "itemsPerPage": 20})
    low = ids(main, {"status": 1, "general_stock": 5, "itemsPerPage": 20})
    assert low != active
    simulator.switch("main", ignore_filters=["general_stock"])
    assert ids(main, {"status": 1, "general_stock": 5, "itemsPerPage": 20}) == active
    counted = main.post(COUNT, json={"general_stock": 5}).json()["results"]["noOfItems"]
    assert counted == "203"


def test_an_ignored_id_filter_answers_a_list_of_offers_without_contacts(simulator: Simulator) -> None:
    with httpx.Client(base_url=simulator.url, auth=("fbe", PASSWORD)) as fbe:
        simulator.switch("fbe", ignore_filters=["id"])
        assert {type(row["manufacturer"]) for row in rows(fbe, {"id": 1})} == {bool}


def test_a_filter_that_does_not_exist_cannot_be_ignored() -> None:
    with pytest.raises(ValidationError):
        Switches.model_validate({"ignore_filters": ["modified"]})


def test_manufacturer_is_a_flag_in_a_list_and_a_list_in_a_read_of_one(simulator: Simulator) -> None:
    with httpx.Client(base_url=simulator.url, auth=("fbe", PASSWORD)) as fbe:
        listed = rows(fbe)
        one = next(row for row in listed if row["manufacturer"] is True)
        none = next(row for row in listed if row["manufacturer"] is False)
        assert rows(fbe, {"id": one["id"]})[0]["manufacturer"][0].keys() == {"name", "address", "email"}
        assert rows(fbe, {"id": none["id"]})[0]["manufacturer"] == []


def test_rows_can_come_in_another_order_and_still_all_come(simulator: Simulator, main: httpx.Client) -> None:
    ordered = list(chain(*(ids(main, {"currentPage": page}) for page in (1, 2, 3))))
    simulator.switch("main", order_of_rows="shuffled")
    shuffled = list(chain(*(ids(main, {"currentPage": page}) for page in (1, 2, 3))))
    assert shuffled != ordered
    assert sorted(shuffled) == ordered


def test_count_answers_three_strings(main: httpx.Client) -> None:
    results = {"noOfItems": "203", "noOfPages": "3", "itemsPerPage": "100"}
    for answer in (main.post(COUNT), main.post(COUNT, json={}), main.get(COUNT)):
        assert answer.json() == {"isError": False, "messages": [], "errors": [], "results": results}


def test_count_follows_the_filters(main: httpx.Client) -> None:
    low = len(rows(main, {"general_stock": 9}))
    assert main.post(COUNT, json={"general_stock": 9}).json()["results"]["noOfItems"] == str(low)
    nothing = main.post(COUNT, json={"id": 999_999}).json()["results"]
    assert nothing == {"noOfItems": "0", "noOfPages": "0", "itemsPerPage": "100"}


def test_count_can_answer_numbers_and_be_wrong(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", count_style="ints", count_offset=-3)
    results = {"noOfItems": 200, "noOfPages": 2, "itemsPerPage": 100}
    assert main.post(COUNT).json()["results"] == results


@pytest.mark.parametrize("path", ["/api-3/api-3/product_offer/read", "/api-3/vat/read", "/", "/api-3"])
def test_an_unknown_path_is_refused_by_the_gateway(simulator: Simulator, path: str) -> None:
    answer = httpx.post(simulator.origin + path, auth=("main", PASSWORD))
    assert answer.status_code == 404
    assert answer.json() == {"message": "no Route matched with those values"}


def test_reading_by_get_is_not_a_route(main: httpx.Client) -> None:
    assert main.get(READ).status_code == 404


def test_hostile_rows_are_served_as_they_are(simulator: Simulator, main: httpx.Client) -> None:
    hostile = [
        {"id": 1, "name": "nul \x00 and half a pair \ud800"},
        {"id": "2", "sale_price": None},
        {"name": "no id"},
        None,
        "not an object",
    ]
    simulator.put_offers("main", hostile)
    assert main.post(READ).json()["results"] == hostile
    assert main.post(READ, json={"id": 2}).json()["results"] == hostile[1:2]


def test_a_full_page_takes_little_time(simulator: Simulator, main: httpx.Client) -> None:
    rows(main)
    fastest = 1.0
    for _ in range(5):
        start = time.perf_counter()
        main.post(READ)
        fastest = min(fastest, time.perf_counter() - start)
    assert fastest < 0.05


def test_two_simulators_do_not_share_offers(simulator: Simulator, small_catalogue: Catalogue) -> None:
    quiet = {"main": Switches(enforce_rate_limit=False)}
    with running(small_catalogue, quiet) as other:
        other.put_offers("main", [])
        assert other.offers("main") == []
        assert len(simulator.offers("main")) == 203


@given(raw=st.binary(max_size=200), form=st.booleans())
def test_no_body_breaks_the_reader(raw: bytes, form: bool) -> None:
    read_body("application/x-www-form-urlencoded" if form else "application/json", raw)


@given(text=st.text(alphabet="ab[]=&%", max_size=30))
def test_no_form_breaks_the_reader(text: str) -> None:
    read_body("application/x-www-form-urlencoded", text.encode())
