"""Complete or honest: a scan is completed when it proves which offers there are, and says what is missing when not."""

import pytest

from magflow_pipeline.sync.lifecycle import SyncFailedError
from magflow_pipeline_tests.offers import offer, offers
from magflow_pipeline_tests.traps.conftest import open_shop, shop

__all__ = ["open_shop", "shop"]

PAGE = 5
ODD = ["empty-page", "repeat-page", "half-page", "duplicate-rows", "wrong-rows"]
DRIFTS = ["insert", "remove", "append", "replace"]


def ids_of(shop, query: str) -> list[int]:
    return [row["emag_id"] for row in shop.rows(f"SELECT * FROM emag_products_v2 WHERE account_type = %s {query}")]


def asked_singly(shop) -> list[int]:
    return [request["body"]["id"] for request in shop.requests() if "id" in request["body"]]


@pytest.mark.parametrize(("page", "count"), [(1, 23), (3, 23), (5, 25)])
@pytest.mark.parametrize("kind", ODD[:-1])
def test_an_odd_page_that_comes_once_is_healed(shop, kind, page, count):
    """The catalogue is still, so a second look gives the truth: an offer that is there is not lost to one answer."""
    shop.sell(*offers(count))
    shop.switch(faults=[{"kind": kind, "page": page, "times": 1}])
    result = shop.sync(items_per_page=PAGE)
    assert (result.outcome, shop.errors()) == ("completed", "")
    assert [*shop.stored()] == [*range(1, count + 1)]


def test_rows_of_another_page_that_come_once_are_healed(shop):
    """Page 3 brings the rows of page 4: it is page 4, read next, that looks odd."""
    shop.sell(*offers(23))
    shop.switch(faults=[{"kind": "wrong-rows", "page": 3, "times": 1}])
    assert shop.sync(items_per_page=PAGE).outcome == "completed"
    assert [*shop.stored()] == [*range(1, 24)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ODD)
def test_an_odd_page_that_stays_makes_a_partial_sync_that_says_so(shop, kind):
    shop.scanned(*offers(23))
    shop.switch(faults=[{"kind": kind, "page": 3}])
    for _ in range(2):
        result = shop.sync(items_per_page=PAGE)
        assert (result.outcome, result.is_complete, result.counts.removed) == ("partial", False, 0)
        assert shop.errors()
        counted = result.counts
        assert counted.fetched == counted.stored + counted.rejected + counted.duplicate
    others = {*range(1, 11), *range(16, 24)}
    assert {*ids_of(shop, f"AND last_sync_id = {result.sync_log_id}")} >= others
    assert ids_of(shop, "AND NOT is_active") == []


def test_pages_that_are_all_empty_prove_nothing(shop):
    """23 offers and then none: the count says otherwise."""
    shop.scanned(*offers(23))
    shop.switch(faults=[{"kind": "empty-page"}])
    for _ in range(2):
        assert (shop.sync(items_per_page=PAGE).outcome, ids_of(shop, "AND NOT is_active")) == ("partial", [])
    assert "0 distinct offers were received, and the marketplace says 23" in shop.errors()


@pytest.mark.parametrize(("kind", "after_page"), [*((kind, 1) for kind in DRIFTS), ("remove", 3), ("replace", 4)])
def test_a_catalogue_that_moves_once_is_read_once_more_and_whole(shop, kind, after_page):
    """Equal numbers prove nothing where one offer leaves and another one arrives."""
    shop.scanned(*offers(23, start=101))
    shop.switch(drift=[{"kind": kind, "after_page": after_page}])
    result = shop.sync(items_per_page=PAGE)
    assert (result.outcome, result.is_complete, result.counts.removed) == ("completed", True, 0)
    sold = {each["id"] for each in shop.simulator.offers(shop.account)}
    assert {*ids_of(shop, f"AND last_sync_id = {result.sync_log_id}")} >= sold


@pytest.mark.parametrize("kind", DRIFTS)
def test_a_catalogue_that_never_stands_still_makes_a_partial_sync(shop, kind):
    shop.scanned(*offers(23, start=101))
    shop.switch(drift=[{"kind": kind, "after_page": 1, "times": None}])
    result = shop.sync(items_per_page=PAGE)
    assert (result.outcome, result.is_complete) == ("partial", False)
    assert shop.errors()
    assert ids_of(shop, "AND removed_at IS NOT NULL") == []


def test_a_count_that_fails_at_the_end_proves_nothing(shop):
    shop.sell(*offers(8))
    shop.set(retry_attempts=1)

    def fail_then(line: str) -> None:
        if "page 1 of" in line:
            shop.switch(faults=[{"kind": "500", "route": "count"}])

    result = shop.sync(items_per_page=PAGE, tell=fail_then)
    assert (result.outcome, result.is_complete, result.counts.stored) == ("partial", False, 8)
    assert "without a count nothing proves" in shop.errors()


@pytest.mark.parametrize("offset", [-23, -1, 1, 40])
def test_a_count_that_is_wrong_ends_no_scan_and_proves_nothing(shop, offset):
    shop.sell(*offers(23))
    shop.switch(count_offset=offset)
    result = shop.sync(items_per_page=PAGE)
    assert (result.outcome, result.is_complete, result.counts.stored) == ("partial", False, 23)
    assert f"23 distinct offers were received, and the marketplace says {23 + offset}" in shop.errors()


# Known offers that did not come back


def test_up_to_twenty_missing_offers_are_asked_for(shop):
    shop.scanned(*offers(60))
    shop.sell(*offers(38))
    shop.simulator.clear()
    result = shop.sync()
    assert (result.outcome, result.is_complete) == ("completed", True)
    assert len({*asked_singly(shop)}) == len(asked_singly(shop)) == 20
    assert {*asked_singly(shop)} <= {*range(39, 61)}


def test_a_missing_offer_that_comes_when_asked_for_is_not_gone(shop):
    """The list leaves offer 3 out, once, and its numbers agree: only its own read shows that it is there."""
    shop.scanned(*offers(7))
    shop.simulator.clear()
    shop.switch(drift=[{"kind": "replace", "after_page": 1, "offer_id": 1}])
    result = shop.sync(items_per_page=2)
    assert 3 in asked_singly(shop)
    assert result.outcome == "completed"
    assert 3 in ids_of(shop, f"AND last_sync_id = {result.sync_log_id}")


def test_a_missing_offer_that_cannot_be_asked_for_makes_a_partial_sync(shop):
    shop.set(retry_attempts=1)
    shop.scanned(*offers(4))
    shop.sell(*offers(3))
    shop.switch(faults=[{"kind": "502-html", "offer_id": 4}])
    for _ in range(2):
        assert shop.sync().outcome == "partial"
        assert "the offer id 4 could not be read: HTTP 502" in shop.errors()
    assert ids_of(shop, "AND NOT is_active") == []


@pytest.mark.slow
def test_where_single_reads_are_ignored_a_second_reading_proves(shop):
    """The filter by id brings any offer: what two whole readings do not show is not there."""
    shop.scanned(*offers(9))
    shop.sell(*offers(8))
    shop.switch(ignore_filters=["id"])
    for removed in (0, 1):
        shop.simulator.clear()
        result = shop.sync(items_per_page=PAGE)
        assert (result.outcome, result.is_complete, result.counts.removed) == ("completed", True, removed)
        pages = [request["body"].get("currentPage") for request in shop.requests() if "id" not in request["body"]]
        assert [pages.count(page) for page in (1, 2)] == [2, 2]
        assert "ignored the filter id=9" in shop.errors()
    assert ids_of(shop, "AND removed_at IS NOT NULL") == [9]


def test_where_the_filter_by_status_is_ignored_everything_is_read(shop):
    shop.sell(offer(1), offer(2, status=0), offer(3), offer(4, status=2))
    shop.switch(ignore_filters=["status"])
    result = shop.sync(include_inactive=False, items_per_page=2)
    assert result.outcome == "completed"
    assert [*shop.stored()] == [1, 2, 3, 4]
    assert "the marketplace ignored the filter status=1: everything is read" in shop.errors()


# Refusals


def test_page_1_is_read_beside_the_count(shop):
    """One after the other, every sync takes the time of one answer more, which may be minutes."""
    shop.sell(*offers(3))
    shop.switch(faults=[{"kind": "slow", "seconds": 1, "route": "count", "times": 1}])
    shop.sync()
    count, page = shop.requests()[:2]
    assert (count["route"], page["route"]) == ("count", "read")
    assert page["arrived"] - count["arrived"] < 0.8


@pytest.mark.slow
def test_a_refusal_in_the_middle_is_the_last_request(shop):
    """One request a second: what comes after the refusal was received would be seen."""
    shop.sell(*offers(23))
    shop.set(requests_per_second=1)

    def refuse_then(line: str) -> None:
        if "page 1 of" in line:
            shop.switch(refuse_ip=True)

    with pytest.raises(SyncFailedError, match="IP list"):
        shop.sync(items_per_page=PAGE, tell=refuse_then)
    assert [request["route"] for request in shop.requests()] == ["count", "read", "read"]
    assert [*shop.stored()] == [1, 2, 3, 4, 5], "what was stored before stays"
    assert "IP list" in shop.errors()
