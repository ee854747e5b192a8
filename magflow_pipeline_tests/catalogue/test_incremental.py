"""Incremental: what is low is read, what was low and did not come back is known to be above (rules.md: Modes)."""

from collections.abc import Callable
from typing import Any

import pytest

from magflow_pipeline.catalogue.choices import Mode
from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.offers import offer, offers
from magflow_pipeline_tests.sync.looks import asked, errors


@pytest.fixture
def stored(rows) -> Callable[..., dict[int, Any]]:
    """A column of the stored products, by offer id."""
    return lambda column: {row["emag_id"]: row[column] for row in rows("SELECT * FROM emag_products_v2")}


@pytest.fixture
def refresh(database) -> Callable[[], None]:
    """Inventory and report, as after every sync."""

    def run() -> None:
        refresh_inventory(database, "main")
        build_low_stock_report(database)

    return run


@pytest.fixture
def open_shop(make_simulator, make_seller, sync, refresh) -> Callable[..., Simulator]:
    """A marketplace that was read whole once; its requests are forgotten."""

    def run(main: list[dict[str, Any]], **variables: str) -> Simulator:
        simulator = make_simulator(main=main)
        make_seller(simulator, **{"EMAG_RETRY_ATTEMPTS": "1", **variables})
        assert sync().is_complete
        refresh()
        simulator.clear()
        return simulator

    return run


# Incremental: the cheap refresh


@both_servers
def test_incremental_reads_what_is_at_or_under_the_bound(sync, newest_log, open_shop, stored):
    simulator = open_shop([offer(1, stock_value=0), offer(2, stock_value=20), offer(3, stock_value=21), *offers(5, 4)])
    simulator.patch_offers("main", [offer(1, stock_value=5), offer(4, stock_value=60), offer(9, stock_value=7)])
    result = sync(mode="incremental")
    assert (result.mode, result.outcome, result.is_complete) == (Mode.INCREMENTAL, "completed", False)
    assert (newest_log()["operation"], newest_log()["is_complete"]) == ("incremental", False)
    assert stored("stock_quantity") == {1: 5, 2: 20, 3: 21, 4: 50, 5: 50, 6: 50, 7: 50, 8: 50, 9: 7}
    assert {key for key, seen_by in stored("last_sync_id").items() if seen_by == result.sync_log_id} == {1, 2, 9}
    assert sorted(request["route"] for request in simulator.requests()) == ["count", "count", "read"]
    assert {request["body"]["general_stock"] for request in simulator.requests()} == {20}


ITEMS = "UPDATE inventory_items SET {} FROM products AS p WHERE product_id = p.id AND p.sku = ANY(%s)"
DAY = "(now() AT TIME ZONE 'Europe/Bucharest')::date"


LEVELS = [
    # What people wrote, on which SKUs: the bound, and what is read singly.
    ("manual_reorder_point = NULL", [], 20, []),
    ("manual_reorder_point = 40", ["SKU3"], 20, [3]),
    ("manual_reorder_point = 40", ["SKU3", "SKU4"], 40, []),
    ("manual_reorder_point = CASE p.sku WHEN 'SKU3' THEN 40 ELSE 60 END", ["SKU3", "SKU4"], 40, [4]),
    ("manual_reserved = 7", ["SKU3", "SKU4"], 27, []),
    (f"manual_reorder_point = 40, manual_valid_until = {DAY}", ["SKU3", "SKU4"], 40, []),
    (f"manual_reorder_point = 40, manual_valid_until = {DAY} - 1", ["SKU3", "SKU4"], 20, []),
    ("manual_reorder_point = 40", ["SKU101", "SKU102"], 20, []),  # inactive: nobody waits for them
]


@pytest.mark.slow
def test_the_bound_covers_99_of_100_active_items(session, sync, open_shop):
    """Reorder point + reserved; what has a higher one is read singly."""
    simulator = open_shop(offers(102))
    simulator.patch_offers("main", [offer(101, status=0), offer(102, status=2)])
    sync()
    for written, chosen, bound, singly in LEVELS:
        session.execute(
            "UPDATE inventory_items SET manual_reorder_point = NULL, manual_reserved = NULL, manual_valid_until = NULL"
        )
        session.execute(ITEMS.format(written), [chosen])
        simulator.clear()
        assert sync(mode="incremental").outcome == "completed"
        assert (asked(simulator, "general_stock"), asked(simulator, "id")) == ([bound], singly), written


@pytest.mark.slow
def test_single_reads_keep_to_their_budget_and_take_the_oldest_first(session, sync, open_shop, stored):
    simulator = open_shop(offers(300), EMAG_REREAD_BUDGET="2")
    session.execute(ITEMS.format("manual_reorder_point = 90"), [["SKU7", "SKU8", "SKU9"]])
    simulator.patch_offers("main", [offer(number, stock_value=80) for number in (7, 8, 9)])
    sync(mode="incremental")
    sync(mode="incremental")
    assert asked(simulator, "id") == [7, 8, 9, 7]
    assert {stored("stock_quantity")[number] for number in (7, 8, 9)} == {80}


def test_what_came_with_a_page_is_not_read_again(session, sync, open_shop):
    """It takes a place in the budget from an offer whose stock nobody knows."""
    simulator = open_shop(offers(300))
    session.execute(ITEMS.format("manual_reorder_point = 90"), [["SKU7", "SKU8"]])
    simulator.patch_offers("main", [offer(7, stock_value=3)])
    sync(mode="incremental")
    assert asked(simulator, "id") == [8]


@both_servers
def test_what_was_low_and_did_not_come_back_is_above_the_bound_until_it_is_read(
    rows, sync, make_seller, refresh, open_shop, stored, without_looks
):
    shop = [*(offer(number, stock_value=4) for number in (1, 2, 3)), *offers(9, start=4)]
    simulator = open_shop(shop, EMAG_REREAD_BUDGET="0")
    simulator.patch_offers("main", [offer(1, stock_value=80), offer(2, stock_value=60)])
    simulator.remove_offer("main", 3)
    result = sync(mode="incremental")
    refresh()
    assert (result.outcome, asked(simulator, "id")) == ("completed", [])
    assert {key: above for key, above in stored("stock_above").items() if above is not None} == {1: 20, 2: 20, 3: 20}
    assert all((since is not None) == (key <= 3) for key, since in stored("stock_above_since").items())
    assert set(stored("removed_at").values()) == {None}
    report = "SELECT emag_id, quantity, status, reason, stock_above_since FROM low_stock_report ORDER BY emag_id"
    assert [(row["quantity"], row["status"]) for row in rows(report)[:4]] == [(21, "in_stock")] * 3 + [(50, "in_stock")]
    assert [row["reason"].startswith("At least 21 available") for row in rows(report)[:4]] == [True] * 3 + [False]
    since = stored("stock_above_since")
    assert [row["stock_above_since"] for row in rows(report)[:3]] == [since[1], since[2], since[3]]
    sync(mode="incremental")
    assert stored("stock_above_since") == since, "it is known since the first time"
    simulator.patch_offers("main", [offer(2, stock_value=6)])
    sync(mode="incremental")
    assert (stored("stock_quantity")[2], stored("stock_above")[2]) == (6, None), "low again: it is exact"
    make_seller(simulator, EMAG_REREAD_BUDGET="5")
    simulator.clear()
    sync(mode="incremental")
    refresh()
    assert asked(simulator, "id") == [1, 3]
    assert (stored("stock_quantity")[1], stored("stock_above")[1], stored("stock_above")[3]) == (80, None, 20)
    assert rows(report)[0]["reason"].startswith("80 available")


def test_an_offer_that_is_gone_does_not_use_up_the_budget_for_ever(sync, open_shop, stored):
    simulator = open_shop(
        [offer(1, stock_value=4), offer(2, stock_value=4), *offers(9, start=3)], EMAG_REREAD_BUDGET="1"
    )
    simulator.remove_offer("main", 1)
    simulator.patch_offers("main", [offer(2, stock_value=70)])
    for _ in range(3):
        sync(mode="incremental")
    assert stored("stock_quantity")[2] == 70


def test_the_coverage_of_an_incremental_sync_is_never_more_than_all(
    rows, session, sync, newest_log, refresh, open_shop
):
    open_shop([offer(1, stock_value=4), *offers(299, start=2)])
    session.execute(ITEMS.format("manual_reorder_point = 90"), [["SKU7", "SKU8"]])
    sync(mode="incremental")
    refresh()
    log = newest_log()
    assert log["processed_items"] - log["duplicate_items"] == log["total_items"] == 3
    assert rows("SELECT DISTINCT scan_offers, scan_total FROM low_stock_report") == [
        {"scan_offers": 3, "scan_total": 3}
    ]


@pytest.mark.slow
@pytest.mark.parametrize("ignored", [["general_stock"], True])
@pytest.mark.parametrize("low", [0, 3])
def test_a_filter_that_is_ignored_makes_it_a_full_scan(sync, newest_log, open_shop, stored, ignored, low):
    """Also when the first page happens to hold low offers only: the count tells."""
    simulator = open_shop([*offers(low, stock_value=2), *offers(10 - low, start=low + 1)])
    simulator.switch("main", ignore_filters=ignored)
    simulator.patch_offers("main", [offer(10, stock_value=44), offer(11)])
    result = sync(mode="incremental", items_per_page=3)
    assert (result.mode, result.outcome, result.is_complete) == (Mode.FULL, "completed", True)
    assert newest_log()["operation"] == "full"
    assert "everything is read" in errors(newest_log())
    assert stored("last_sync_id") == dict.fromkeys(range(1, 12), result.sync_log_id)
    assert stored("stock_quantity")[10] == 44


def test_a_count_that_ignores_the_filter_makes_it_a_full_scan(sync, open_shop, stored):
    """The pages hold what was asked for, and nothing says whether that is all of it."""
    simulator = open_shop([*offers(3, stock_value=2), *offers(7, start=4)])
    simulator.switch("main", count_offset=7)
    simulator.patch_offers("main", [offer(1, stock_value=90)])
    result = sync(mode="incremental")
    assert (result.mode, result.outcome, result.counts.stored) == (Mode.FULL, "partial", 10)
    assert set(stored("stock_above").values()) == {None}


def test_without_a_complete_scan_everything_is_read(sync, newest_log, make_simulator, make_seller):
    make_seller(make_simulator(main=offers(9)))
    sync(max_pages=1)
    result = sync(mode="incremental")
    assert (result.mode, result.is_complete, result.counts.stored) == (Mode.FULL, True, 9)
    assert "no scan has seen every offer yet" in errors(newest_log())


def test_without_a_count_everything_is_read(sync, newest_log, open_shop, stored):
    simulator = open_shop([offer(1, stock_value=4), *offers(9, start=2)])
    simulator.switch("main", faults=[{"kind": "500", "route": "count"}])
    result = sync(mode="incremental")
    assert (result.mode, result.outcome, result.counts.stored) == (Mode.FULL, "partial", 10)
    assert set(stored("stock_above").values()) == {None}


@pytest.mark.parametrize("trouble", [{"count_offset": 1}, {"faults": [{"kind": "500", "page": 2}]}])
def test_when_not_all_low_offers_came_none_is_marked(sync, open_shop, stored, trouble):
    simulator = open_shop([*offers(4, stock_value=2), *offers(11, start=5)])
    simulator.patch_offers("main", [offer(1, stock_value=90), offer(2, stock_value=1)])
    simulator.switch("main", **trouble)
    result = sync(mode="incremental", items_per_page=1)
    assert (result.mode, result.outcome) == (Mode.INCREMENTAL, "partial")
    assert set(stored("stock_above").values()) == {None}
    assert asked(simulator, "id") == []


def test_a_low_row_that_cannot_be_stored_does_not_fail_it(sync, newest_log, open_shop):
    """All rows of a catalogue refused are a marketplace that changed; all of one row are not."""
    simulator = open_shop(offers(9))
    simulator.patch_offers("main", [{**offer(10, stock_value=0), "part_number": None}])
    assert sync(mode="full").outcome == "completed"
    assert sync(mode="incremental").outcome == "completed"
    assert newest_log()["failed_items"] == 1


# A big catalogue


def small_row(number: int, stock: int) -> dict[str, Any]:
    """What of an offer the stock is about: 200,000 whole ones would be half a gigabyte in the simulator."""
    return {
        "id": number,
        "part_number": f"S{number}",
        "name": f"Produs {number}",
        "sale_price": "10.0000",
        "currency": "RON",
        "general_stock": stock,
        "estimated_stock": stock,
        "status": 1,
    }


@pytest.mark.slow
def test_of_200_000_offers_the_low_ones_cost_at_most_45_reads_and_the_budget(session, sync, make_seller, refresh):
    """2 % are low: 4,000 offers, 40 pages."""
    main = [small_row(number, 3 if number % 50 == 0 else 80) for number in range(1, 200_001)]
    with running(Catalogue({"main": main}), {"main": Switches(enforce_rate_limit=False)}) as simulator:
        make_seller(simulator, EMAG_REREAD_BUDGET="7", EMAG_SYNC_TIMEOUT_SECONDS="3600")
        whole = sync()
        refresh()
        assert (whole.is_complete, whole.counts.stored) == (True, 200_000)
        session.execute(ITEMS.format("manual_reorder_point = 90"), [[f"S{number}" for number in range(1, 51)]])
        simulator.clear()
        low = sync()
        refresh()
        reads = [request for request in simulator.requests() if request["route"] == "read"]
    assert (low.mode, low.outcome) == (Mode.INCREMENTAL, "completed")
    assert len([read for read in reads if "id" in read["body"]]) == 7
    assert len(reads) <= 45 + 7


def test_a_level_that_cannot_be_does_not_raise_the_bound(session):
    """A reorder point of 2^63 - 1 made every read a full one, or ended it."""
    insert(
        session, "emag_accounts", account_type="main", marketplace="simulator", username="main", warehouse="EMAG-MAIN"
    )
    session.execute("INSERT INTO warehouses (id, code) VALUES (1, 'EMAG-MAIN')")
    session.execute("INSERT INTO products (id, sku) VALUES (1, 'A')")
    session.execute("SET session_replication_role = replica")
    session.execute(
        "INSERT INTO inventory_items (product_id, warehouse_id, manual_reorder_point, manual_reserved)"
        " VALUES (1, 1, 9223372036854775807, 9223372036854775807)"
    )
    assert session.execute("SELECT reorder_point, reserved, source FROM stock_levels").fetchone() == (20, 0, "default")
