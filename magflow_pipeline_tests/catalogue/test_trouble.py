"""When not everything goes well: pages that fail, accounts that are down, counts that are wrong, caps."""

import pytest

from magflow_pipeline.sync.lifecycle import SyncFailedError
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.offers import offer, offers
from magflow_pipeline_tests.sync.looks import counts, errors

PRODUCTS = "SELECT * FROM emag_products_v2 ORDER BY account_type, emag_id"


@both_servers
def test_a_page_that_keeps_failing_is_skipped_and_told(rows, sync, newest_log, make_simulator, make_seller):
    """One 504 aborted everything, or was skipped and called completed (rules.md: failure 13)."""
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", faults=[{"kind": "504-html", "page": 2}])
    make_seller(simulator, EMAG_RETRY_ATTEMPTS="3")
    result = sync(items_per_page=10)
    assert (result.outcome, result.is_complete, counts(result)) == ("partial", False, (15, 15, 0, 0, 0, 0))
    assert [row["emag_id"] for row in rows(PRODUCTS)] == [*range(1, 11), *range(21, 26)]
    log = newest_log()
    assert (log["status"], log["pages_processed"], log["pages_failed"]) == ("partial", 2, 1)
    assert "page 2 was given up: HTTP 504" in errors(log)
    assert log["errors"][0]["timestamp"]
    # Three attempts at page 2, and a second count for the rows that are missing.
    assert log["api_requests_made"] == len(simulator.requests()) == 7


def test_trouble_that_passes_is_not_even_partial(sync, newest_log, make_simulator, make_seller):
    simulator = make_simulator(main=offers(25))
    faults = [{"kind": kind, "times": 1} for kind in ("429", "502-html", "truncated", "reset", "null")]
    simulator.switch("main", faults=[*faults, {"kind": "500", "route": "count", "times": 2}])
    make_seller(simulator, EMAG_RETRY_ATTEMPTS="8")
    result = sync(items_per_page=10)
    assert (result.outcome, result.is_complete) == ("completed", True)
    assert (newest_log()["rate_limit_hits"], newest_log()["errors"]) == (1, [])


def test_the_last_page_failing_does_not_end_the_scan(sync, make_simulator, make_seller):
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", faults=[{"kind": "500", "page": 3}])
    make_seller(simulator, EMAG_RETRY_ATTEMPTS="1")
    result = sync(items_per_page=10)
    assert (result.outcome, result.is_complete, result.counts.stored) == ("partial", False, 20)


@pytest.mark.parametrize("style", [200, 401, 403])
def test_refused_credentials_fail_the_sync_and_store_nothing(
    rows, sync, newest_log, make_simulator, make_seller, style
):
    """Missing credentials were reported as success (rules.md: failure 24)."""
    simulator = make_simulator(main=offers(250))
    simulator.switch("main", auth_style=style)
    make_seller(simulator, EMAG_MAIN_PASSWORD="c0rrect-horse")
    with pytest.raises(SyncFailedError, match=r"EMAG_MAIN_PASSWORD|API rights") as caught:
        sync()
    log = newest_log()
    assert (log["status"], errors(log)) == ("failed", str(caught.value))
    assert "c0rrect-horse" not in errors(log)
    assert rows(PRODUCTS) == []
    assert rows("SELECT FROM stock_snapshots") == []
    assert len(simulator.requests()) <= 2


def test_a_sync_that_cannot_read_a_page_fails(rows, sync, newest_log, make_simulator, make_seller):
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", faults=[{"kind": "502-html"}])
    make_seller(simulator, EMAG_RETRY_ATTEMPTS="2")
    with pytest.raises(SyncFailedError, match=r"No page of account 'main' could be read.*magflow check"):
        sync(items_per_page=10, max_pages=3)
    assert (newest_log()["status"], rows(PRODUCTS)) == ("failed", [])


def test_one_account_down_does_not_stop_the_other(sync, make_simulator, make_seller):
    """One account was down for hours and the other waited with it (rules.md: failure 14)."""
    simulator = make_simulator(main=offers(3), fbe=offers(3))
    simulator.switch("main", refuse_ip=True)
    make_seller(simulator)
    with pytest.raises(SyncFailedError, match="IP list"):
        sync("main")
    assert sync("fbe").outcome == "completed"


@pytest.mark.parametrize("kind", ["500", "empty-page"])
def test_without_a_count_everything_is_stored_all_the_same(sync, newest_log, make_simulator, make_seller, kind):
    simulator = make_simulator(main=offers(145))
    simulator.switch("main", faults=[{"kind": kind, "route": "count"}])
    make_seller(simulator, EMAG_RETRY_ATTEMPTS="2")
    result = sync(items_per_page=10)
    assert (result.outcome, result.is_complete, result.counts.stored) == ("partial", False, 145)
    log = newest_log()
    assert (log["status"], log["total_items"], log["processed_items"]) == ("partial", None, 145)
    assert "the count could not be read" in errors(log)


@pytest.mark.parametrize("offset", [-5, 35])
def test_a_wrong_count_makes_a_partial_sync(sync, newest_log, make_simulator, make_seller, offset):
    """A row that slipped between two pages shows only here (trap 12)."""
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", count_offset=offset)
    make_seller(simulator)
    result = sync(items_per_page=10)
    assert (result.outcome, result.is_complete, result.counts.stored) == ("partial", False, 25)
    assert f"25 distinct offers were received, and the marketplace says {max(0, 25 + offset)}" in errors(newest_log())


@pytest.mark.parametrize(("count", "pages"), [(200, 3), (203, 3), (0, 1)])
def test_a_page_that_is_not_full_is_the_last(sync, make_simulator, make_seller, count, pages):
    """Full pages say nothing about the end (trap 8)."""
    simulator = make_simulator(main=offers(count))
    make_seller(simulator)
    result = sync()
    assert (result.outcome, result.is_complete, result.counts.stored) == ("completed", True, count)
    read = [request["body"]["currentPage"] for request in simulator.requests() if request["route"] == "read"]
    assert sorted(read) == [*range(1, pages + 1)]


def test_a_marketplace_that_never_ends_is_left(sync, newest_log, make_simulator, make_seller):
    """The same pages were fetched again and again (rules.md: failure 8)."""
    simulator = make_simulator(main=offers(4))
    simulator.switch("main", faults=[{"kind": "repeat-page"}])
    make_seller(simulator)
    result = sync(items_per_page=2)
    assert (result.outcome, result.is_complete) == ("partial", False)
    assert result.counts.pages <= 10
    assert result.counts.duplicate == result.counts.fetched - 2
    assert "the marketplace sends the same offers for ever: stopped at page 4" in errors(newest_log())


def test_a_cap_on_pages_is_kept_and_makes_the_scan_partial(rows, sync, newest_log, make_simulator, make_seller):
    simulator = make_simulator(main=offers(25))
    make_seller(simulator)
    result = sync(items_per_page=5, max_pages=2)
    assert (result.outcome, result.is_complete, result.counts.stored) == ("partial", False, 10)
    assert len([request for request in simulator.requests() if request["route"] == "read"]) == 2
    assert "stopped after 2 pages" in errors(newest_log())
    assert newest_log()["parameters"]["max_pages"] == 2


def test_a_cap_is_never_a_complete_scan(sync, make_simulator, make_seller):
    make_seller(make_simulator(main=offers(25)))
    result = sync(items_per_page=10, max_pages=50)
    assert (result.counts.stored, result.is_complete) == (25, False)


def test_without_inactive_offers_the_scan_proves_no_removal(rows, sync, make_simulator, make_seller):
    simulator = make_simulator(main=[offer(1), offer(2, status=0), offer(3, status=2), offer(4)])
    make_seller(simulator)
    result = sync(include_inactive=False)
    assert [row["emag_id"] for row in rows(PRODUCTS)] == [1, 4]
    assert (result.outcome, result.is_complete, result.counts.announced) == ("completed", False, 2)
    assert {request["body"]["status"] for request in simulator.requests()} == {1}


def test_a_sync_that_can_store_no_row_fails(rows, sync, newest_log, make_simulator, make_seller):
    """A renamed key rejected every row, and the sync called itself complete (failures 1 and 2)."""
    make_seller(make_simulator(main=[{**each, "part_number": None} for each in offers(3)]))
    with pytest.raises(SyncFailedError, match="Not one of 3 rows"):
        sync()
    assert newest_log()["status"] == "failed"
    assert len(rows("SELECT FROM emag_rejected_offers")) == 3


def test_an_account_that_is_down_is_not_asked_for_every_page(sync, newest_log, make_simulator, make_seller):
    simulator = make_simulator(main=offers(500))
    simulator.switch("main", faults=[{"kind": "502-html"}, {"kind": "502-html", "route": "count"}])
    make_seller(simulator, EMAG_RETRY_ATTEMPTS="2")
    with pytest.raises(SyncFailedError, match="No page of account 'main' could be read"):
        sync()
    assert newest_log()["api_requests_made"] == 4


def test_reads_that_fail_while_the_count_answers_end_after_the_announced_pages(
    sync, newest_log, make_simulator, make_seller
):
    simulator = make_simulator(main=offers(50))
    simulator.switch("main", faults=[{"kind": "502-html"}])
    make_seller(simulator, EMAG_RETRY_ATTEMPTS="1")
    with pytest.raises(SyncFailedError, match="No page"):
        sync(items_per_page=10)
    assert newest_log()["api_requests_made"] == 7


@pytest.mark.slow
def test_one_hanging_page_is_skipped_within_its_share_of_the_time(sync, newest_log, make_simulator, make_seller):
    """A page that hung used up the whole limit, and the sync failed instead of being partial."""
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", faults=[{"kind": "hang", "page": 2}])
    make_seller(simulator, EMAG_SYNC_TIMEOUT_SECONDS="6")
    result = sync(items_per_page=10)
    assert result.outcome == "partial"
    assert "page 2 was given up" in errors(newest_log())


def test_a_wait_that_nobody_can_afford_is_not_waited(sync, newest_log, make_simulator, make_seller):
    simulator = make_simulator(main=offers(25))
    simulator.switch("main", retry_after="seconds", faults=[{"kind": "429", "page": 2}])
    make_seller(simulator, EMAG_SYNC_TIMEOUT_SECONDS="3")
    assert sync(items_per_page=10).outcome == "partial"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("53100", "The database's disk is full"),
        ("40001", "Two transactions changed the same rows, and the database gave one up"),
    ],
)
def test_the_log_names_the_database_s_trouble(session, make_simulator, make_seller, sync, newest_log, code, words):
    """ "The database went away" for a full disk and for a serialization failure."""
    make_seller(make_simulator(main=offers(5)))
    session.execute(
        "CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}', MESSAGE = 'told'; END $$;"
        "CREATE TRIGGER refuse BEFORE INSERT ON app.raw_emag_product_pages EXECUTE FUNCTION app.refuse()"
    )
    with pytest.raises(SyncFailedError, match=f"{words} while account 'main' was synced: told"):
        sync()
    log = newest_log()
    assert log["status"] == "failed" and log["errors"][-1]["error"].startswith(f"{words}: told")
