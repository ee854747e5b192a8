"""The same offers written as other platforms and years write them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.running import Simulator
from magflow_pipeline.simulator.server import PASSWORD
from magflow_pipeline.simulator.shapes import NEWER_KEYS, PRICES

READ = "/product_offer/read"
NOT_PRICES = [None, "", "abc", "NaN", "1e3", " 5 ", "1,5", True, [], {}, "0.123456789012345678", 12.34567]


def rows(client: httpx.Client, **keys: int) -> list[dict[str, Any]]:
    return client.post(READ, json=keys).json()["results"]


def prices(offers: list[dict[str, Any]]) -> list[Any]:
    return [offer[key] for offer in offers for key in PRICES if offer.get(key) is not None]


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("stored", ["50.4100", 50.41, 50, "50", "0.0000", -1.5]),
        ("string4", ["50.4100", "50.4100", "50.0000", "50.0000", "0.0000", "-1.5000"]),
        ("number", [50.41, 50.41, 50, 50, 0, -1.5]),
    ],
)
@pytest.mark.parametrize("key", PRICES)
def test_a_price_is_written_in_the_style_of_the_switch(
    simulator: Simulator, main: httpx.Client, style: str, expected: list[Any], key: str
) -> None:
    stored = ["50.4100", 50.41, 50, "50", "0.0000", -1.5]
    simulator.put_offers("main", [{"id": number, key: price} for number, price in enumerate(stored, start=1)])
    simulator.switch("main", price_style=style)
    written = [row[key] for row in rows(main)]
    assert written == expected
    assert [type(price) for price in written] == [type(price) for price in expected]


@pytest.mark.parametrize("style", ["string4", "number", "mixed"])
def test_what_is_no_plain_price_stays_as_it_is(simulator: Simulator, main: httpx.Client, style: str) -> None:
    hostile = [{"id": number, "sale_price": value} for number, value in enumerate(NOT_PRICES, start=1)]
    simulator.put_offers("main", [*hostile, {"id": 99}, "not an object"])
    simulator.switch("main", price_style=style)
    assert rows(main) == [*hostile, {"id": 99}, "not an object"]


@pytest.mark.parametrize("account", ["main", "fbe"])
@pytest.mark.parametrize(("style", "kinds"), [("string4", {str}), ("number", {int, float}), ("mixed", {str, float})])
def test_the_style_changes_no_price_and_nothing_else(
    simulator: Simulator, small_catalogue: Catalogue, account: str, style: str, kinds: set[type]
) -> None:
    stored = small_catalogue.accounts[account][:100]
    simulator.switch(account, price_style=style)
    with httpx.Client(base_url=simulator.url, auth=(account, PASSWORD)) as client:
        written = rows(client)
        assert rows(client) == written, "an offer is written alike at every read"
    assert [Decimal(str(price)) for price in prices(written)] == [Decimal(str(price)) for price in prices(stored)]
    assert {type(price) for price in prices(written)} >= kinds
    assert style == "mixed" or {type(price) for price in prices(written)} == kinds
    assert [list(offer) for offer in written] == [list(offer) for offer in stored]
    assert [_without(offer, PRICES) for offer in written] == [_without(offer, PRICES) for offer in stored]


def _without(offer: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in offer.items() if key not in keys}


STOCKED = {
    "id": 1,
    "general_stock": 7,
    "stock": [{"value": 3}, {"warehouse_id": 9, "value": 4}, "hostile"],
    "handling_time": [{"warehouse_id": 1, "value": 1}],
    "availability": [{"value": 3}],
}


@pytest.mark.parametrize(
    ("style", "changed"),
    [
        ("stored", {}),
        (
            "on",
            {
                "stock": [{"warehouse_id": 1, "value": 3}, {"warehouse_id": 9, "value": 4}, "hostile"],
                "availability": [{"warehouse_id": 1, "value": 3}],
            },
        ),
        ("off", {"stock": [{"value": 3}, {"value": 4}, "hostile"], "handling_time": [{"value": 1}]}),
    ],
)
def test_entries_name_their_warehouse_or_do_not(
    simulator: Simulator, main: httpx.Client, style: str, changed: dict[str, Any]
) -> None:
    simulator.put_offers("main", [STOCKED, {"id": 2, "stock": None}])
    simulator.switch("main", warehouse_id=style)
    assert rows(main) == [STOCKED | changed, {"id": 2, "stock": None}]


def test_stock_can_be_missing_where_there_is_a_general_stock(simulator: Simulator, main: httpx.Client) -> None:
    simulator.put_offers("main", [STOCKED, {"id": 2, "general_stock": None, "stock": []}])
    simulator.switch("main", warehouse_id="missing")
    assert rows(main) == [_without(STOCKED, ("stock",)), {"id": 2, "general_stock": None, "stock": []}]


def test_the_newer_keys_are_those_in_which_the_two_accounts_differ(small_catalogue: Catalogue) -> None:
    older, newer = (set[str]().union(*offers) for offers in small_catalogue.accounts.values())
    assert newer - older == set(NEWER_KEYS)


@pytest.mark.parametrize("account", ["main", "fbe"])
def test_a_year_decides_which_keys_there_are_and_no_other_value(
    simulator: Simulator, small_catalogue: Catalogue, account: str
) -> None:
    stored = small_catalogue.accounts[account][:100]
    newer = tuple(NEWER_KEYS)
    with httpx.Client(base_url=simulator.url, auth=(account, PASSWORD)) as client:
        simulator.switch(account, key_vintage="2024")
        assert rows(client) == [_without(offer, newer) for offer in stored]
        simulator.switch(account, key_vintage="2026")
        assert rows(client) == [NEWER_KEYS | offer for offer in stored]


def test_a_key_of_2026_is_a_list_in_a_read_of_one_product(simulator: Simulator, main: httpx.Client) -> None:
    simulator.switch("main", key_vintage="2026")
    wanted = rows(main)[0]
    assert wanted["manufacturer"] is True
    assert rows(main, id=wanted["id"])[0]["manufacturer"][0].keys() == {"name", "address", "email"}


def test_switches_combine_and_leave_the_other_account_and_the_store_alone(
    simulator: Simulator, main: httpx.Client, small_catalogue: Catalogue
) -> None:
    simulator.switch("main", price_style="number", warehouse_id="on", key_vintage="2026")
    first = rows(main)[0]
    assert isinstance(first["sale_price"], float)
    assert first["handling_time"][0]["warehouse_id"] == 1
    assert first["currency_type"] is None
    assert simulator.offers("main") == small_catalogue.accounts["main"]
    with httpx.Client(base_url=simulator.url, auth=("fbe", PASSWORD)) as fbe:
        assert rows(fbe) == small_catalogue.accounts["fbe"][:100]
