"""Traps in pages and filters: where a catalogue ends, how it moves, which filters are real."""

import httpx
import pytest
from pydantic import ValidationError

from magflow_pipeline.emag.errors import FilterNotHonouredError
from magflow_pipeline.emag.offers import OFFERS
from magflow_pipeline_tests.offers import offer, offers


def pages_asked_for(shop) -> list[int]:
    """The pages of the catalogue, in the order of their numbers."""
    bodies = [request["body"] for request in shop.requests() if request["route"] == "read"]
    return sorted(body["currentPage"] for body in bodies if "id" not in body)


def test_trap_03_filters_inside_data_are_ignored(shop):
    """The keys are bare, and what comes is held against what was asked for."""
    shop.sell(*offers(9))
    page = shop.ask(lambda marketplace: marketplace.read(OFFERS, {"id": 7}, 1, 20))
    assert [row["id"] for row in page.rows] == [7]
    assert shop.requests()[0]["body"] == {"id": 7, "currentPage": 1, "itemsPerPage": 20}
    shop.switch(ignore_filters=True)
    with pytest.raises(FilterNotHonouredError, match="id=7"):
        shop.ask(lambda marketplace: marketplace.read(OFFERS, {"id": 7}, 1, 20))


def test_trap_04_a_form_is_answered_as_json_is(shop):
    shop.sell(*offers(5))
    page = shop.ask(lambda marketplace: marketplace.read(OFFERS, {}, 2, 2))
    answer = httpx.post(
        f"{shop.simulator.url}/product_offer/read",
        data={"data[currentPage]": "2", "data[itemsPerPage]": "2"},
        auth=(shop.account, shop.password),
        trust_env=False,
    )
    assert [row["id"] for row in page.rows] == [3, 4]
    assert answer.content == page.body


@pytest.mark.parametrize("count", [7, 6])
def test_trap_08_only_a_short_page_is_the_end(shop, count):
    """Of 6 offers the second page is full: the third one, empty, ends the scan."""
    shop.sell(*offers(count))
    result = shop.sync(items_per_page=3)
    assert (result.outcome, result.counts.stored) == ("completed", count)
    assert pages_asked_for(shop) == [1, 2, 3]


def test_trap_09_past_the_end_a_page_is_empty(shop):
    shop.sell(*offers(3))
    shop.switch(count_offset=9)  # a plan of pages that are not there
    page = shop.ask(lambda marketplace: marketplace.read(OFFERS, {}, 9, 2))
    assert (page.http_status, page.rows) == (200, [])
    result = shop.sync(items_per_page=2)
    assert (result.outcome, result.counts.stored) == ("partial", 3)
    assert max(pages_asked_for(shop)) <= 9


@pytest.mark.parametrize("over_limit", ["cap", "error400"])
def test_trap_10_no_more_than_100_are_asked_for(shop, over_limit):
    """Capped in silence, the first page would look like the last one."""
    shop.sell(*offers(101))
    shop.switch(over_limit=over_limit)
    with pytest.raises(ValidationError, match="items_per_page"):
        shop.sync(items_per_page=500)
    with pytest.raises(ValueError, match="1 to 100"):
        shop.ask(lambda marketplace: marketplace.read(OFFERS, {}, 1, 101))
    assert shop.requests() == []
    assert shop.sync(items_per_page=100).counts.stored == 101


def test_trap_11_insert_during_scan_repeats_a_row(shop):
    """The last row of page 1 comes again on page 2: it is stored once, and the drift is told."""
    shop.sell(*offers(5, start=101))
    shop.switch(drift=[{"kind": "insert", "after_page": 1}])
    told: list[str] = []
    result = shop.sync(items_per_page=2, tell=told.append)
    assert any("offers moved while they were read" in line for line in told)
    assert (result.outcome, result.is_complete) == ("completed", True)
    assert [*shop.stored()] == [*range(100, 106)]
    assert result.counts.fetched == 6 + result.counts.duplicate


def test_trap_12_removal_during_scan_skips_a_row(shop):
    """Offer 3 moves onto page 1 once that was read: it is not gone."""
    shop.scanned(*offers(7))
    for leaving in (1, 2):
        shop.switch(drift=[{"kind": "remove", "after_page": 1}])
        result = shop.sync(items_per_page=2)
        assert (result.outcome, result.counts.removed) == ("completed", 0), leaving
    last_seen = {emag_id: row["last_sync_id"] for emag_id, row in shop.stored().items()}
    assert {emag_id for emag_id, seen in last_seen.items() if seen == result.sync_log_id} >= {3, 4, 5, 6, 7}


def test_trap_32_without_a_filter_every_status_comes(shop):
    """Most of a catalogue may be at the end of its life: stored, and not counted as sold."""
    stored = shop.scanned(*(offer(number, status=2 if number > 3 else number % 2) for number in range(1, 11)))
    assert all("status" not in request["body"] for request in shop.requests())
    assert [emag_id for emag_id, row in stored.items() if row["is_active"]] == [1, 3]
    assert [row["status"] for row in stored.values()].count(2) == 7


def test_trap_33_general_stock_is_an_upper_bound(shop):
    shop.sell(*(offer(stock + 1, stock_value=stock) for stock in range(6)))
    page = shop.ask(lambda marketplace: marketplace.read(OFFERS, {"general_stock": 3}, 1, 20))
    assert [row["general_stock"] for row in page.rows] == [0, 1, 2, 3]
    assert shop.ask(lambda marketplace: marketplace.count(OFFERS, {"general_stock": 3})) == 4


@pytest.mark.parametrize("filters", [{"category_id": 1}, {"ean": "0000000000000"}, {"modified": "2026-01-01"}])
def test_trap_34_an_unknown_filter_does_not_pass_for_one_that_works(shop, filters):
    """The marketplace ignores it without a word and sends everything."""
    shop.sell(*offers(3))
    with pytest.raises((FilterNotHonouredError, ValueError)):
        shop.ask(lambda marketplace: marketplace.read(OFFERS, filters, 1, 20))


def test_trap_34_brand_and_category_are_chosen_among_what_is_stored(shop):
    shop.scanned(offer(1), offer(2, category_id=54), offer(3, category_id=54, brand="Alta"))
    shop.simulator.clear()
    result = shop.sync(category=54, brand="Alta")
    assert (result.outcome, shop.errors()) == ("completed", "")
    assert [(request["route"], request["body"].get("id")) for request in shop.requests()] == [("read", 3)]
