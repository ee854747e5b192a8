"""Removal: concluded from two complete scans, held back when it is most of the catalogue (rules.md: Removal)."""

from collections.abc import Callable
from typing import Any

import pytest

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.catalogue.removal import accept_removal
from magflow_pipeline.simulator.running import Simulator
from magflow_pipeline.sync import pages
from magflow_pipeline.sync.lifecycle import SyncFailedError
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.offers import offer, offers

ACCEPTED = "SELECT removal_accepted_at IS NOT NULL AS is_accepted, removal_accepted_by FROM emag_accounts"


@pytest.fixture
def simulator(make_simulator, make_seller) -> Simulator:
    """Six offers; what cannot be read is not tried again."""
    simulator = make_simulator(main=offers(6))
    make_seller(simulator, EMAG_RETRY_ATTEMPTS="1")
    return simulator


@pytest.fixture
def removed(rows) -> Callable[[], list[int]]:
    """The offers that are marked removed."""
    query = "SELECT emag_id FROM emag_products_v2 WHERE removed_at IS NOT NULL ORDER BY emag_id"
    return lambda: [row["emag_id"] for row in rows(query)]


@pytest.fixture
def lose(simulator) -> Callable[..., None]:
    """Let offers vanish from the marketplace."""

    def vanish(*offer_ids: int) -> None:
        for offer_id in offer_ids:
            simulator.remove_offer("main", offer_id)

    return vanish


def errors(log: dict[str, Any]) -> str:
    return "\n".join(error["error"] for error in log["errors"])


@both_servers
def test_an_offer_missing_from_two_complete_scans_is_marked_removed_and_never_deleted(
    rows, database, sync, newest_log, lose, removed
):
    sync()
    refresh_inventory(database, "main")
    lose(3)
    assert (sync().counts.removed, removed()) == (0, []), "missing from one it is still there"
    refresh_inventory(database, "main")
    assert rows("SELECT count(*) AS n FROM inventory_items WHERE is_active") == [{"n": 6}]
    result = sync()
    assert (result.outcome, result.is_complete, result.counts.removed) == ("completed", True, 1)
    assert (removed(), newest_log()["removed_items"]) == ([3], 1)
    product = rows("SELECT is_active, removed_at, status FROM emag_products_v2 WHERE emag_id = 3")[0]
    assert (product["is_active"], product["status"]) == (False, 1)
    assert rows("SELECT visibility, is_available FROM emag_product_offers_v2 WHERE emag_offer_id = 3") == [
        {"visibility": "hidden", "is_available": False}
    ]
    refresh_inventory(database, "main")
    active = "SELECT p.sku FROM inventory_items i JOIN products p ON i.product_id = p.id WHERE i.is_active ORDER BY sku"
    assert [row["sku"] for row in rows(active)] == ["SKU1", "SKU2", "SKU4", "SKU5", "SKU6"]
    assert sync().counts.removed == 0, "it is gone only once"
    assert rows("SELECT removed_at FROM emag_products_v2 WHERE emag_id = 3")[0]["removed_at"] == product["removed_at"]
    for table in ("emag_products_v2", "emag_product_offers_v2", "inventory_items"):
        assert rows(f"SELECT count(*) AS n FROM {table}") == [{"n": 6}]


def test_the_same_offer_of_the_other_account_stays(rows, sync, make_simulator, make_seller):
    simulator = make_simulator(main=offers(4), fbe=offers(4))
    make_seller(simulator)
    sync("main")
    sync("fbe")
    simulator.remove_offer("main", 2)
    sync("main")
    sync("main")
    gone = rows("SELECT account_type, emag_id FROM emag_products_v2 WHERE removed_at IS NOT NULL")
    assert gone == [{"account_type": "main", "emag_id": 2}]


class Interrupt(BaseException):
    """What ends a sync at a moment of the test's choice."""


def interrupt(line: str) -> None:
    if "page 2 of" in line:
        raise Interrupt


def partial(sync, simulator) -> None:
    simulator.switch("main", faults=[{"kind": "500", "page": 2}])
    assert sync(items_per_page=1).outcome == "partial"
    simulator.switch("main", faults=[])


def miscounted(sync, simulator) -> None:
    simulator.switch("main", count_offset=1)
    assert sync().outcome == "partial"
    simulator.switch("main", count_offset=0)


def failed(sync, simulator) -> None:
    simulator.switch("main", refuse_ip=True)
    with pytest.raises(SyncFailedError):
        sync()
    simulator.switch("main", refuse_ip=False)


def resumed(sync, simulator) -> None:
    with pytest.raises(Interrupt):
        sync(tell=interrupt, items_per_page=2)
    told: list[str] = []
    assert sync(items_per_page=2, tell=told.append).outcome == "completed"
    assert any("going on after" in line for line in told)


INCOMPLETE = {
    "partial": partial,
    "miscounted": miscounted,
    "failed": failed,
    "resumed": resumed,
    "capped": lambda sync, _: sync(max_pages=9),
    "active only": lambda sync, _: sync(include_inactive=False),
    "incremental": lambda sync, _: sync(mode="incremental"),
    "selective": lambda sync, _: sync(skus=["SKU1"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", INCOMPLETE)
def test_any_other_scan_proves_nothing(sync, simulator, lose, removed, monkeypatch: pytest.MonkeyPatch, kind):
    monkeypatch.setattr(pages, "SECONDS_BETWEEN_LINES", 0)
    sync()
    lose(6)
    INCOMPLETE[kind](sync, simulator)
    assert (sync().counts.removed, removed()) == (0, []), "the other scan is not the first of the two"
    INCOMPLETE[kind](sync, simulator)
    assert removed() == [], "nor the second"
    assert (sync().counts.removed, removed()) == (1, [6]), "and it does not come between them either"


@pytest.mark.slow
@pytest.mark.parametrize("wishes", [{"skus": ["SKU6"]}, {"mode": "incremental"}, {"max_pages": 1}])
def test_an_offer_seen_in_between_by_any_sync_is_there(sync, simulator, lose, removed, wishes):
    sync()
    lose(6)
    sync()
    simulator.patch_offers("main", [offer(6, stock_value=3)])
    sync(**wishes)
    lose(6)
    assert (sync().counts.removed, removed()) == (0, [])
    assert (sync().counts.removed, removed()) == (1, [6])


def test_the_clocks_of_our_host_and_of_the_database_need_not_agree(session, sync, lose, removed):
    """Seen by the last scan, an offer was taken for one that two scans had missed."""
    sync()
    # What a host a minute behind the database's would have written.
    session.execute("UPDATE emag_products_v2 SET last_synced_at = last_synced_at - interval '1 minute'")
    lose(3)
    assert (sync().counts.removed, removed()) == (0, [])


@pytest.mark.parametrize("wishes", [{}, {"skus": ["SKU3"]}])
def test_an_offer_that_comes_back_is_there_again(rows, database, sync, simulator, lose, removed, wishes):
    sync()
    first_seen = rows("SELECT created_at FROM emag_products_v2 WHERE emag_id = 3")
    lose(3)
    sync()
    sync()
    refresh_inventory(database, "main")
    assert removed() == [3]
    simulator.patch_offers("main", [offer(3)])
    result = sync(**wishes)
    assert (result.outcome, result.counts.updated, result.counts.created, removed()) == ("completed", 1, 0, [])
    assert rows("SELECT created_at FROM emag_products_v2 WHERE emag_id = 3") == first_seen
    assert rows("SELECT visibility, is_available FROM emag_product_offers_v2 WHERE emag_offer_id = 3") == [
        {"visibility": "visible", "is_available": True}
    ]
    refresh_inventory(database, "main")
    assert rows("SELECT count(*) AS n FROM inventory_items WHERE is_active") == [{"n": 6}]
    assert rows("SELECT count(*) AS n FROM emag_products_v2 WHERE is_active") == [{"n": 6}]


# The guard: most of a catalogue does not vanish


@pytest.mark.slow
@both_servers
def test_more_than_half_is_held_back_until_a_person_accepts_it(
    rows, database, sync, newest_log, simulator, lose, removed
):
    sync()
    lose(1, 2, 3, 4)
    for _ in range(3):
        result = sync()
        assert (result.outcome, result.counts.removed, result.counts.held_back) == ("partial", 0, 4)
        log = newest_log()
        assert (log["status"], log["is_complete"], log["held_back_items"]) == ("partial", True, 4)
        assert "4 of 6 known offers did not come back" in errors(log) and "magflow accept-removal main" in errors(log)
    assert accept_removal(database, "main", "ana") == 4
    assert rows(ACCEPTED) == [{"is_accepted": True, "removal_accepted_by": "ana"}]
    result = sync()
    assert (result.outcome, result.counts.removed, removed()) == ("completed", 4, [1, 2, 3, 4])
    assert (newest_log()["held_back_items"], errors(newest_log())) == (0, "")
    assert rows(ACCEPTED) == [{"is_accepted": False, "removal_accepted_by": None}]
    lose(5, 6)
    sync()
    assert (sync().outcome, removed()) == ("partial", [1, 2, 3, 4]), "it was accepted for one time"


def test_accepted_at_once_they_are_removed_when_they_were_missing_in_two(database, sync, lose, removed):
    sync()
    lose(1, 2, 3, 4)
    assert sync().outcome == "partial"
    accept_removal(database, "main", "ana")
    assert (sync().outcome, removed()) == ("completed", [1, 2, 3, 4])


def test_no_rows_after_some_rows_remove_nothing(sync, newest_log, simulator, removed):
    sync()
    simulator.put_offers("main", [])
    for _ in range(2):
        assert sync().outcome == "partial"
        assert "6 of 6 known offers did not come back" in errors(newest_log())
    assert removed() == []


def test_exactly_half_is_not_held_back(sync, lose, removed):
    sync()
    lose(1, 2, 3)
    assert (sync().outcome, removed()) == ("completed", [])
    assert (sync().outcome, removed()) == ("completed", [1, 2, 3])


def test_nothing_can_be_accepted_in_advance(rows, database, sync, lose, removed):
    assert accept_removal(database, "main", "ana") == 0
    sync()
    assert accept_removal(database, "main", "ana") == 0
    assert rows(ACCEPTED) == [{"is_accepted": False, "removal_accepted_by": None}]
    lose(1, 2, 3, 4)
    sync()
    assert (sync().outcome, removed()) == ("partial", [])


def test_an_acceptance_ends_when_the_offers_come_back(rows, database, sync, simulator, lose, removed):
    sync()
    lose(1, 2, 3, 4)
    sync()
    accept_removal(database, "main", "ana")
    simulator.put_offers("main", offers(6))
    assert sync().outcome == "completed"
    assert rows(ACCEPTED) == [{"is_accepted": False, "removal_accepted_by": None}]
    lose(1, 2, 3, 4)
    sync()
    assert (sync().outcome, removed()) == ("partial", [])


def test_an_acceptance_is_not_for_other_offers(database, sync, simulator, removed):
    sync()
    simulator.put_offers("main", [offer(6), *offers(20, start=11)])
    assert sync().counts.held_back == 5
    accept_removal(database, "main", "ana")
    simulator.put_offers("main", offers(6))  # the others are gone now: nobody has accepted that
    sync()
    assert (sync().outcome, removed()) == ("partial", [])


def test_new_offers_do_not_release_what_is_held_back(sync, simulator, removed):
    """A catalogue under new ids: by the second scan, what is lost was only half of what was known."""
    sync()
    simulator.put_offers("main", offers(7, start=11))
    assert (sync().outcome, removed()) == ("partial", [])
    assert (sync().outcome, removed()) == ("partial", [])


@pytest.mark.parametrize("kind", ["capped", "partial", "failed"])
def test_what_is_held_back_can_be_accepted_after_a_scan_that_proves_nothing(
    database, sync, simulator, lose, removed, kind
):
    sync()
    lose(1, 2, 3, 4)
    sync()
    INCOMPLETE[kind](sync, simulator)
    assert accept_removal(database, "main", "ana") == 4
    INCOMPLETE[kind](sync, simulator)
    assert (sync().counts.removed, removed()) == (4, [1, 2, 3, 4]), "which does not use the acceptance up"
