"""A count is a claim: it plans a scan, and neither ends it too early nor lets it go on for ever."""

import pytest

from magflow_pipeline.sync import paging
from magflow_pipeline.sync.pages import MOST_ROWS
from magflow_pipeline_tests.offers import offers
from magflow_pipeline_tests.traps.conftest import open_shop, shop

__all__ = ["open_shop", "shop"]

PAGE = 5


def pages(shop) -> list[int]:
    bodies = [request["body"] for request in shop.requests() if request["route"] == "read"]
    return [body["currentPage"] for body in bodies if "id" not in body]


def log(shop):
    return shop.rows("SELECT * FROM emag_sync_logs WHERE account_type = %s ORDER BY id DESC LIMIT 1")[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    "says",
    [2_000_000_000, 3 * 10**9, 10**30, "9" * 40, -1, "-5", "many", "", 2.5, "NaN", "1e30", MOST_ROWS + 1],
    ids=str,
)
def test_an_absurd_count_is_none(shop, says):
    """A count of 2,000,000,000 made it ask page 176 of three; 3·10⁹ left the log running for ever."""
    shop.sell(*offers(13))
    shop.switch(count_says=says)
    shop.set(retry_attempts=1)
    result = shop.sync(items_per_page=PAGE)
    assert (result.outcome, result.is_complete, result.counts.stored) == ("partial", False, 13)
    assert (log(shop)["status"], log(shop)["total_items"]) == ("partial", None)
    assert "without a count nothing proves that all offers were received" in shop.errors()
    assert max(pages(shop)) <= 6


@pytest.mark.parametrize("says", [MOST_ROWS, 9_000_000, 5000])
def test_a_count_that_claims_too_much_is_not_followed_past_the_end(shop, says):
    shop.sell(*offers(13))
    shop.switch(count_says=says)
    result = shop.sync(items_per_page=PAGE, in_flight=3)
    assert (result.outcome, result.counts.stored, result.counts.announced) == ("partial", 13, says)
    assert max(pages(shop)) <= 10
    assert f"13 distinct offers were received, and the marketplace says {says}" in shop.errors()


def test_a_count_that_claims_too_much_for_repeated_pages_ends_too(shop):
    """Full pages that bring nothing new justify no more requests."""
    shop.sell(*offers(13))
    shop.switch(count_says=9_000_000, faults=[{"kind": "repeat-page"}])
    result = shop.sync(items_per_page=PAGE, in_flight=3)
    assert (result.outcome, result.counts.stored) == ("partial", 5)
    assert max(pages(shop)) <= 20
    assert "the marketplace sends the same offers for ever" in shop.errors()


def test_empty_pages_that_come_once_do_not_end_a_scan(shop):
    """Three empty answers in a row, of a marketplace in trouble: what lies behind them is read all the same."""
    shop.sell(*offers(63))
    shop.switch(faults=[{"kind": "empty-page", "page": page, "times": 1} for page in (5, 6, 7, 8)])
    result = shop.sync(items_per_page=PAGE, in_flight=1)
    assert (result.outcome, result.counts.seen) == ("completed", 63)


def test_two_empty_pages_that_stay_lose_only_themselves(shop):
    shop.sell(*offers(63))
    shop.switch(faults=[{"kind": "empty-page", "page": page} for page in (5, 6)])
    result = shop.sync(items_per_page=PAGE, in_flight=1)
    assert (result.outcome, result.counts.stored) == ("partial", 53)


def test_a_count_of_none_where_there_are_offers_ends_no_scan(shop):
    shop.sell(*offers(63))
    shop.switch(count_says=0)
    result = shop.sync(items_per_page=PAGE)
    assert (result.outcome, result.counts.stored) == ("partial", 63)
    assert "63 distinct offers were received, and the marketplace says 0" in shop.errors()


def test_counts_that_never_agree_prove_nothing(shop):
    shop.sell(*offers(13))
    turns = iter(range(10, 100))

    def disagree(_: str) -> None:
        shop.switch(count_says=next(turns))

    shop.switch(count_says=9)
    result = shop.sync(items_per_page=PAGE, tell=disagree)
    assert (result.outcome, result.is_complete, result.counts.seen) == ("partial", False, 13)


def test_a_claim_extends_the_time_limit_by_what_is_believed_of_it(shop, monkeypatch):
    """It extended its own limit to 166 days."""
    monkeypatch.setattr(paging, "BELIEVED_PAGES", 40)
    shop.sell(*offers(13))
    shop.set(sync_timeout_seconds=5, requests_per_second=10, requests_per_minute=600)
    shop.switch(count_says=MOST_ROWS)
    limits: list[float] = []
    shop.sync(items_per_page=PAGE, tell_limit=limits.append, in_flight=2)
    assert 0 < max(limits) < 5 + 2 * (40 + 20) / 9


@pytest.mark.slow
def test_the_limit_grows_with_what_was_read(shop, monkeypatch):
    """A catalogue that is really that big is read to its end, whatever is believed of its count."""
    monkeypatch.setattr(paging, "BELIEVED_PAGES", 5)
    monkeypatch.setattr(paging, "PAGES_BETWEEN_EXTENSIONS", 3)
    shop.sell(*offers(60))
    shop.set(sync_timeout_seconds=1.5, requests_per_second=10, requests_per_minute=600)
    result = shop.sync(items_per_page=1)
    assert (result.outcome, result.counts.seen) == ("completed", 60)
    assert result.seconds > 1.5
