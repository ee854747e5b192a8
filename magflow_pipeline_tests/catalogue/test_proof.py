"""What a scan proves: offers that nobody knew, offers that one reading showed and the next did not, first readings."""

from typing import Any

import pytest

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.simulator.faults import FOREIGN_IDS
from magflow_pipeline_tests.offers import offer, offers
from magflow_pipeline_tests.traps.conftest import open_shop, shop

__all__ = ["open_shop", "shop"]

FIRST = "first reading, not yet proven"
PAGE = 10


def log(shop) -> dict[str, Any]:
    return shop.rows("SELECT * FROM emag_sync_logs WHERE account_type = %s ORDER BY id DESC LIMIT 1")[0]


def seen(shop, sync_log_id: int) -> set[int]:
    return {row["emag_id"] for row in shop.stored().values() if row["last_sync_id"] == sync_log_id}


def status(shop) -> dict[str, Any]:
    """The row of `sync_status`, which shows the accounts that are known."""
    shop.session.execute(
        "INSERT INTO emag_accounts (account_type, marketplace, username, warehouse) VALUES (%s, 's', 'u', 'w')"
        " ON CONFLICT DO NOTHING",
        [shop.account],
    )
    return shop.rows("SELECT * FROM sync_status WHERE account_type = %s")[0]


# A page of somebody else


@pytest.mark.slow
def test_a_page_of_another_account_makes_no_complete_scan(shop):
    """Page 1 once answered with another account's offers gave "completed, 350 of 250"."""
    shop.scanned(*offers(250))
    shop.switch(faults=[{"kind": "foreign-rows", "page": 1, "times": 1}])
    result = shop.sync()
    assert (result.outcome, result.is_complete, result.counts.removed) == ("partial", False, 0)
    assert "100 offers that nobody knew came in one reading and not in the next" in shop.errors()
    assert (result.counts.seen, result.counts.unseen, result.counts.announced) == (250, 100, 250)
    assert "partial, 250 of 250 offers" in result.sentence
    assert (log(shop)["unseen_items"], log(shop)["is_complete"]) == (100, False)
    assert seen(shop, result.sync_log_id) == {*range(1, 251)}


@pytest.mark.slow
def test_offers_of_another_account_are_removed_by_the_next_scans(shop):
    """They must not be ordered for ever."""
    shop.scanned(*offers(30))
    shop.switch(faults=[{"kind": "foreign-rows", "page": 1, "times": 1}])
    shop.sync(items_per_page=PAGE)
    assert [shop.sync(items_per_page=PAGE).counts.removed for _ in range(3)] == [0, 10, 0]
    gone = {row["emag_id"] for row in shop.stored().values() if row["removed_at"] is not None}
    assert gone == {*range(FOREIGN_IDS + 1, FOREIGN_IDS + 11)}
    assert shop.sync(items_per_page=PAGE).outcome == "completed"


def test_a_foreign_page_of_a_first_sync_is_corrected_by_the_next_and_removed_by_the_one_after(shop):
    """Nothing can tell in the first reading: it says that it is not proven."""
    shop.sell(*offers(40))
    shop.switch(faults=[{"kind": "foreign-rows", "page": 2, "times": 1}])
    first = shop.sync(items_per_page=PAGE)
    assert (first.outcome, first.is_first_reading) == ("completed", True)
    assert first.sentence.endswith(FIRST)
    second = shop.sync(items_per_page=PAGE)
    assert (second.outcome, second.is_first_reading, second.counts.created) == ("completed", False, 10)
    assert seen(shop, second.sync_log_id) == {*range(1, 41)}
    third = shop.sync(items_per_page=PAGE)
    assert third.counts.removed == 10
    assert {row["emag_id"] for row in shop.stored().values() if row["removed_at"] is None} == {*range(1, 41)}


def test_a_short_foreign_page_does_not_pass_either(shop):
    """Half a page of strangers is odd and read again: then there are more offers than were announced."""
    shop.scanned(*offers(40))
    strangers = {"kind": "foreign-rows", "page": 4, "times": 1}
    shop.switch(faults=[strangers], drift=[{"kind": "append", "after_page": 4}])
    result = shop.sync(items_per_page=PAGE)
    assert (result.outcome, result.counts.seen) == ("partial", 41)


def test_a_foreign_page_in_both_readings_makes_a_partial_sync(shop):
    shop.scanned(*offers(40))
    shop.switch(faults=[{"kind": "foreign-rows", "page": 1, "size": PAGE, "times": 2}])
    result = shop.sync(items_per_page=PAGE)
    assert (result.outcome, result.is_complete) == ("partial", False)
    assert "known offers came only when they were asked for one by one" in shop.errors()


# What one reading showed and the last did not


def test_an_offer_that_left_between_two_readings_is_not_counted_as_seen(shop):
    shop.scanned(*offers(23))
    shop.switch(drift=[{"kind": "remove", "after_page": 1, "offer_id": 2}])
    result = shop.sync(items_per_page=5)
    assert (result.outcome, result.counts.seen, result.counts.announced) == ("completed", 22, 22)
    assert seen(shop, result.sync_log_id) == {1, *range(3, 24)}


def test_an_offer_that_left_between_two_readings_is_removed_by_two_other_scans(shop):
    """The scan that received it is not one of the two that did not see it."""
    shop.scanned(*offers(23))
    shop.switch(drift=[{"kind": "remove", "after_page": 1, "offer_id": 2}])
    shop.sync(items_per_page=5)
    assert [shop.sync(items_per_page=5).counts.removed for _ in range(2)] == [0, 1]
    assert shop.stored()[2]["removed_at"] is not None


def test_the_day_has_no_sample_of_an_offer_that_was_not_seen(shop):
    shop.scanned(*offers(3))
    shop.switch(drift=[{"kind": "remove", "after_page": 1, "offer_id": 1}])
    shop.sync(items_per_page=2)
    samples = shop.rows("SELECT sku, samples FROM stock_snapshots WHERE account_type = %s ORDER BY sku")
    assert [(row["sku"], row["samples"]) for row in samples] == [("SKU1", 1), ("SKU2", 2), ("SKU3", 2)]


# First readings


def test_a_first_reading_says_that_it_is_not_proven(shop):
    """An offer left page 1 while another one was appended: "23 of 23", and one was missing."""
    shop.sell(*offers(23))
    shop.switch(drift=[{"kind": "replace", "after_page": 1}])
    result = shop.sync(items_per_page=5)
    assert (result.outcome, result.counts.seen, result.counts.announced) == ("completed", 23, 23)
    assert 6 not in shop.stored(), "it slipped onto page 1 when that had been read"
    assert result.sentence.endswith(FIRST) and result.coverage == f"23 of 23, {FIRST}"
    assert (log(shop)["is_proven"], status(shop)["proof"]) == (False, FIRST)
    again = shop.sync(items_per_page=5)
    assert 6 in shop.stored()
    assert (again.outcome, again.coverage) == ("completed", "23 of 23")
    assert (log(shop)["is_proven"], status(shop)["proof"]) == (True, "proven")


def test_a_first_reading_concludes_no_removal_and_is_not_one_of_two(shop):
    """Offer 5 is known from a capped sync; the first whole reading may have skipped it."""
    shop.sell(*offers(9))
    assert shop.sync(items_per_page=5, max_pages=1).outcome == "partial"
    shop.sell(*offers(4), *offers(4, start=6))
    assert [(shop.sync().counts.removed, log(shop)["is_proven"]) for _ in range(3)] == [
        (0, False),
        (0, True),
        (1, True),
    ]


def test_a_first_reading_that_lost_most_of_what_was_known_holds_nothing_back(shop):
    shop.sell(*offers(9))
    shop.sync(items_per_page=5, max_pages=1)
    shop.sell(*offers(9, start=101))
    first = shop.sync()
    assert (first.outcome, first.counts.held_back, first.is_first_reading) == ("completed", 0, True)
    assert (shop.sync().outcome, log(shop)["held_back_items"]) == ("completed", 0)


def test_the_report_says_that_the_reading_is_not_proven(rows, database, sync, make_simulator, make_seller):
    """A buyer who orders after the first sync should know that an offer may be missing."""
    from magflow_pipeline.purchasing.low_stock import build_low_stock_report

    make_seller(make_simulator(main=offers(3)))
    for proven in (False, True):
        sync()
        refresh_inventory(database, "main")
        build_low_stock_report(database)
        assert rows("SELECT scan_is_proven FROM low_stock_by_account") == [{"scan_is_proven": proven}]


# Known offers that a capped scan skips


def test_a_capped_scan_that_reached_the_end_asks_for_what_it_missed(shop):
    """A cap that was not needed was taken for a reason not to look: "completed", with one offer missing."""
    shop.scanned(*offers(23))
    shop.switch(drift=[{"kind": "replace", "after_page": 1, "times": None}])
    result = shop.sync(items_per_page=5, max_pages=9)
    assert result.outcome == "partial"


# Known offers that cannot be stored


def test_a_known_offer_that_cannot_be_stored_makes_the_sync_partial(shop):
    """50 pieces ran out while its row could not be stored: "completed", exit 0, in_stock 50."""
    shop.scanned(*offers(5))
    shop.sell(*offers(4), offer(5, stock_value=0, part_number=None))
    result = shop.sync()
    assert (result.outcome, result.is_complete, result.counts.refused) == ("partial", True, 1)
    assert "known offers could not be stored" in shop.errors() and "SKU SKU5: part_number" in shop.errors()
    assert (shop.stored()[5]["sync_status"], shop.stored()[5]["stock"]) == ("error", 50)
    shop.sell(*offers(4), offer(5, stock_value=0))
    assert shop.sync().outcome == "completed"
    assert (shop.stored()[5]["sync_status"], shop.stored()[5]["stock"]) == ("synced", 0)


def test_a_known_offer_that_cannot_be_stored_stops_no_removal(shop):
    """One bad row must not keep offers alive that are gone."""
    shop.scanned(*offers(5))
    shop.sell(*offers(3), offer(5, part_number=None))
    assert [shop.sync().counts.removed for _ in range(2)] == [0, 1]


def test_a_row_that_cannot_be_stored_and_is_good_in_the_next_reading_is_no_reason(shop):
    shop.scanned(*offers(5))
    shop.sell(*offers(4), offer(5, part_number=None))

    def mend(line: str) -> None:
        if "reading once more" in line:
            shop.simulator.patch_offers(shop.account, [offer(5)])

    shop.switch(drift=[{"kind": "append", "after_page": 1}])
    assert shop.sync(tell=mend).outcome == "completed"


@pytest.mark.parametrize("wishes", [{"skus": ["SKU5"]}, {"mode": "incremental"}])
def test_it_is_the_same_in_every_mode(shop, wishes):
    shop.scanned(*offers(4), offer(5, stock_value=5), *offers(9, start=11))
    shop.sell(*offers(4), {**offer(5, stock_value=0), "currency": "R" * 3, "part_number": "x" * 300})
    assert shop.sync(**wishes).outcome == "partial"
    assert "known offers could not be stored" in shop.errors() or "SKU5" in shop.errors()


def test_the_report_says_since_when_the_stock_is_old(rows, database, sync, make_simulator, make_seller):
    from magflow_pipeline.purchasing.low_stock import build_low_stock_report

    simulator = make_simulator(main=offers(2))
    make_seller(simulator)
    sync()
    good = rows("SELECT last_synced_at FROM emag_product_offers_v2 WHERE emag_offer_id = 2")[0]["last_synced_at"]
    simulator.patch_offers("main", [offer(2, stock_value=0, part_number=None)])
    sync()
    refresh_inventory(database, "main")
    build_low_stock_report(database)
    stale = rows("SELECT sku, stock_stale_since FROM low_stock_report ORDER BY sku")
    assert [(row["sku"], row["stock_stale_since"]) for row in stale] == [("SKU1", None), ("SKU2", good)]
