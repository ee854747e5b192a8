"""The made-up seller must stay realistic: a demo in which nothing runs out shows nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from magflow_pipeline.simulator.catalogue import Catalogue, make_catalogue
from magflow_pipeline.simulator.goods import HEROES


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return make_catalogue()


@pytest.fixture(scope="module", params=["main", "fbe"])
def offers(catalogue: Catalogue, request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return catalogue.accounts[request.param]


def prices(offers: list[dict[str, Any]]) -> Iterator[Any]:
    for offer in offers:
        yield from (offer["sale_price"], offer["min_sale_price"], offer["max_sale_price"])


def share(offers: list[dict[str, Any]], low: int, high: int) -> float:
    return sum(low <= offer["general_stock"] <= high for offer in offers) / len(offers)


def test_same_seed_gives_the_same_catalogue(catalogue: Catalogue) -> None:
    assert json.dumps(make_catalogue().accounts) == json.dumps(catalogue.accounts)


def test_another_seed_gives_another_catalogue(catalogue: Catalogue) -> None:
    assert make_catalogue(seed=7).accounts != catalogue.accounts


def test_accounts_have_the_size_of_the_real_ones(catalogue: Catalogue) -> None:
    assert {name: len(offers) for name, offers in catalogue.accounts.items()} == {"main": 1275, "fbe": 1266}


MORE_THAN_SHORT_SKUS = 220_000  # 22 prefixes, each with the numbers from 100 to 9999


@pytest.mark.parametrize(
    "sizes",
    [(0, 0), (1, 1), (3, 200), (500, 20), (6001, 1), pytest.param((MORE_THAN_SHORT_SKUS, 1), marks=pytest.mark.slow)],
)
def test_any_size_can_be_made(sizes: tuple[int, int]) -> None:
    catalogue = make_catalogue(main=sizes[0], fbe=sizes[1])
    assert tuple(len(offers) for offers in catalogue.accounts.values()) == sizes


def test_most_skus_are_in_both_accounts_with_one_key_and_two_ids(catalogue: Catalogue) -> None:
    main, fbe = ({offer["part_number"]: offer for offer in offers} for offers in catalogue.accounts.values())
    both = main.keys() & fbe.keys()
    assert len(both) == 1240
    assert main.keys() - both
    assert fbe.keys() - both
    for sku in both:
        assert main[sku]["id"] != fbe[sku]["id"]
        keys = {main[sku]["part_number_key"], fbe[sku]["part_number_key"]} - {None}
        assert len(keys) <= 1


def test_the_skus_of_the_walk_through_run_out_in_both_accounts(offers: list[dict[str, Any]]) -> None:
    by_sku = {offer["part_number"]: offer for offer in offers}
    for hero in HEROES:
        assert by_sku[hero.sku]["status"] == 1
        assert by_sku[hero.sku]["general_stock"] <= 20


def test_skus_and_ids_are_unique_within_an_account(offers: list[dict[str, Any]]) -> None:
    assert len({offer["part_number"] for offer in offers}) == len(offers)
    assert len({offer["id"] for offer in offers}) == len(offers)


def test_ids_ascend_from_small_over_eight_digits_to_more_than_31_bits(offers: list[dict[str, Any]]) -> None:
    ids = [offer["id"] for offer in offers]
    assert ids == sorted(ids)
    assert sum(number < 10_000 for number in ids) > len(ids) / 2
    assert any(10_000_000 <= number < 100_000_000 for number in ids)
    assert 2**31 < ids[-1] < 2**32


def test_most_offers_are_in_stock_and_some_run_out(offers: list[dict[str, Any]]) -> None:
    assert 0.04 < share(offers, 0, 0) < 0.08
    assert 0.06 < share(offers, 1, 10) < 0.11
    assert 0.06 < share(offers, 11, 20) < 0.11
    assert share(offers, 21, 400) > 0.7
    assert 0 < share(offers, 401, 3000) < 0.03
    assert any(offer["general_stock"] > offer["estimated_stock"] for offer in offers)
    assert all(offer["general_stock"] >= offer["estimated_stock"] >= 0 for offer in offers)


def test_stock_rows_sum_to_the_general_stock_and_are_sometimes_missing(offers: list[dict[str, Any]]) -> None:
    told = [offer for offer in offers if "stock" in offer]
    assert 0 < len(told) < len(offers)
    assert all(sum(row["value"] for row in offer["stock"]) == offer["general_stock"] for offer in told)
    assert any("warehouse_id" in offer["stock"][0] for offer in told)
    assert any("warehouse_id" not in offer["stock"][0] for offer in told)
    assert any(len(offer["stock"]) > 1 for offer in told)


def test_all_statuses_occur_and_most_are_active(offers: list[dict[str, Any]]) -> None:
    statuses = [offer["status"] for offer in offers]
    assert set(statuses) == {0, 1, 2}
    assert statuses.count(1) > 0.85 * len(statuses)


def test_main_writes_prices_as_text_with_four_decimals(catalogue: Catalogue) -> None:
    assert all(
        isinstance(price, str) and len(price.partition(".")[2]) == 4 for price in prices(catalogue.accounts["main"])
    )


def test_fbe_writes_prices_as_numbers(catalogue: Catalogue) -> None:
    kinds = {type(price) for price in prices(catalogue.accounts["fbe"])}
    assert kinds == {int, float}


def test_prices_are_plausible(offers: list[dict[str, Any]]) -> None:
    assert all(2 < float(offer["sale_price"]) < 700 for offer in offers)
    assert all(float(offer["sale_price"]) < float(offer["max_sale_price"]) for offer in offers)
    below = [offer for offer in offers if float(offer["sale_price"]) < float(offer["min_sale_price"])]
    assert 0 < len(below) < len(offers) / 50  # a page shows them
    assert all(offer["id"] % 97 == 0 for offer in below)


def test_only_the_newer_style_has_the_newer_keys(catalogue: Catalogue) -> None:
    newer = {"genius_eligibility_type", "has_smart_deals_badge", "manufacturer", "currency_type"}
    assert all(newer.isdisjoint(offer) for offer in catalogue.accounts["main"])
    assert all(newer <= offer.keys() for offer in catalogue.accounts["fbe"])


def test_recommended_price_is_absent_in_every_recorded_way(catalogue: Catalogue) -> None:
    assert {None, "0.0000"} <= {offer["recommended_price"] for offer in catalogue.accounts["main"]}
    fbe = catalogue.accounts["fbe"]
    assert {None, 0} <= {offer.get("recommended_price") for offer in fbe}
    assert any("recommended_price" not in offer for offer in fbe)


def test_oddities_of_live_rows_occur_in_both_accounts(offers: list[dict[str, Any]]) -> None:
    validations = [[entry["value"] for entry in offer["validation_status"]] for offer in offers]
    assert [9, 3] in validations
    assert [0] in validations
    assert any(offer["validation_status"][0]["errors"] for offer in offers)
    assert any(offer["part_number_key"] is None for offer in offers)
    assert {type(offer["family"]) for offer in offers} == {dict, type(None)}
    assert any(offer["ean"] == [] for offer in offers)
    assert any(offer["ean"][:1] and offer["ean"][0].startswith("0") for offer in offers)
    assert any(offer["name"] == "" for offer in offers)
    assert any("\r\n" in offer["description"] for offer in offers)
    assert {image["display_type"] for offer in offers for image in offer["images"]} == {0}
    assert any("buy_button_rank" not in offer for offer in offers)
    assert any(offer.get("buy_button_rank", 1) is None for offer in offers)


def test_names_are_romanian(offers: list[dict[str, Any]]) -> None:
    letters = set("".join(offer["name"] for offer in offers))
    assert set("ăâîșț") <= letters
    assert letters.isdisjoint("şţ")  # the letters with a cedilla are Turkish


def test_the_catalogue_is_made_quickly() -> None:
    start = time.process_time()  # not of the clock: the machine may be busy
    make_catalogue()
    assert time.process_time() - start < 2


def test_names_are_as_short_and_as_long_as_real_titles(offers: list[dict[str, Any]]) -> None:
    """A name of 150 characters emptied all other columns, and no name of the simulator was so long."""
    lengths = [len(offer["name"]) for offer in offers if offer["name"]]
    assert min(lengths) < 40 and 150 < max(lengths) <= 255
    assert sum(length >= 150 for length in lengths) > 200
