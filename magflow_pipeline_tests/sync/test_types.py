"""Two types of syncs in one database: what another type logs changes nothing for the catalogue, and the reverse."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.catalogue.removal import accept_removal
from magflow_pipeline.catalogue.replay import replay_account
from magflow_pipeline.defs.schedules import _is_first_of_the_night
from magflow_pipeline.settings import load_settings
from magflow_pipeline.sync import pages
from magflow_pipeline.sync.account_lock import account_lock, is_account_locked
from magflow_pipeline.sync.logbook import open_logbook
from magflow_pipeline.sync.retention import delete_old
from magflow_pipeline.sync.stuck import close_stuck_syncs
from magflow_pipeline.sync.sync_types import CATALOGUE
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.offers import offers

ORDERS = "orders"
OTHERS = "SELECT * FROM emag_sync_logs WHERE sync_type = 'orders' ORDER BY id"
LONG_AGO = datetime.now(UTC) - timedelta(days=90)


@pytest.fixture
def simulator(make_simulator, make_seller):
    simulator = make_simulator(main=offers(6))
    make_seller(simulator)
    return simulator


@pytest.fixture
def log(session):
    """Write a log of another type, newer than all there are."""

    def write(status: str = "completed", **columns: Any) -> None:
        now = datetime.now(UTC)
        ends = {} if status == "running" else {"completed_at": columns.pop("completed_at", now)}
        defaults = {"started_at": now, "is_complete": status == "completed"}
        row = {"account_type": "main", "sync_type": ORDERS, "status": status, **defaults, **ends, **columns}
        insert(session, "emag_sync_logs", **row)

    return write


def test_removal_compares_scans_of_the_catalogue_only(rows, sync, simulator, log):
    """A complete sync of orders between two scans was taken for one that did not see the offer."""
    sync()
    simulator.remove_offer("main", 3)
    log(is_proven=True)
    assert sync().counts.removed == 0
    log(is_proven=True)
    others = rows(OTHERS)
    assert sync().counts.removed == 1
    assert rows(OTHERS) == others


def test_what_is_held_back_is_that_of_the_catalogue(database, sync, simulator, log):
    sync()
    for offer_id in (1, 2, 3, 4):
        simulator.remove_offer("main", offer_id)
    assert sync().outcome == "partial"
    log()
    assert accept_removal(database, "main", "ana") == 4
    assert (sync().outcome, sync().outcome) == ("completed", "completed")


def test_nothing_of_another_type_can_be_accepted(database, sync, simulator, log):
    sync()
    log("partial", is_complete=True, held_back_items=5)
    assert accept_removal(database, "main", "ana") == 0


def test_another_type_is_no_reading_of_the_catalogue(rows, sync, simulator, log):
    """Neither proves it a first reading, nor lets it an incremental one begin."""
    log(is_proven=True)
    first = sync(mode="incremental")
    assert (first.mode, first.is_first_reading) == ("full", True)
    assert rows("SELECT proof FROM sync_status") == [{"proof": "first reading, not yet proven"}]


def test_the_status_is_that_of_the_catalogue(rows, sync, simulator, log):
    sync()
    before = rows("SELECT * FROM sync_status")
    log(completed_at=datetime.now(UTC) + timedelta(hours=1))
    log("running")
    log("failed", errors='[{"error": "no orders", "timestamp": ""}]')
    assert rows("SELECT * FROM sync_status") == before
    newest = rows("SELECT * FROM newest_syncs ORDER BY sync_type DESC")
    assert [(row["sync_type"], row["status"], row["last_error"]) for row in newest] == [
        ("products", "completed", None),
        (ORDERS, "failed", "no orders"),
    ]
    assert newest[0]["sync_log_id"] == before[0]["sync_log_id"]
    assert newest[1]["last_complete_at"] > newest[0]["last_complete_at"]


def test_a_sync_goes_on_where_the_catalogue_died(rows, sync, simulator, log, monkeypatch):
    monkeypatch.setattr(pages, "SECONDS_BETWEEN_LINES", 0)

    class Killed(BaseException):
        pass

    def kill(line: str) -> None:
        if "page 2 of" in line:
            raise Killed

    with pytest.raises(Killed):
        sync(tell=kill, items_per_page=2)
    log()
    log("failed")
    told: list[str] = []
    assert sync(tell=told.append, items_per_page=2).outcome == "completed"
    assert any("going on after" in line for line in told)


def test_retention_keeps_what_each_type_stands_on(rows, session, database, sync, simulator, log):
    """The last complete scan of the catalogue was deleted, with the pages that a replay needs."""
    scans = [sync().sync_log_id for _ in range(2)]
    for _ in range(3):
        log(started_at=LONG_AGO, completed_at=LONG_AGO)
    log("failed", started_at=LONG_AGO, completed_at=LONG_AGO)
    log("running", started_at=LONG_AGO)
    old = "now() - interval '60 days'"
    session.execute(f"UPDATE emag_sync_logs SET started_at = {old}, completed_at = {old} WHERE sync_type = 'products'")
    session.execute(f"UPDATE raw_emag_product_pages SET fetched_at = {old}")
    others = [row["id"] for row in rows(OTHERS)]

    async def delete() -> None:
        async with database.connect_async("test") as connection:
            await delete_old(connection, load_settings())

    asyncio.run(delete())
    assert [
        row["id"] for row in rows("SELECT id FROM emag_sync_logs WHERE sync_type = 'products' ORDER BY id")
    ] == scans
    kept = [*others[1:3], others[4]]
    assert [row["id"] for row in rows(OTHERS)] == kept, "the newest complete one, the one before it, the newest other"
    assert asyncio.run(replay_account(database, "main")).offers == 6


def test_a_live_sync_of_another_type_is_not_closed(rows, session, database, sync, simulator, log):
    """The sweeper looked for the catalogue's lock, which a sync of orders does not hold."""
    log("running", started_at=datetime.now(UTC) - timedelta(minutes=20))
    [other] = rows(OTHERS)
    insert(session, "emag_sync_progress", sync_log_id=other["id"], deadline_at=datetime.now(UTC) + timedelta(hours=1))

    async def hold_and_sweep() -> None:
        async with (
            database.connect_async("orders") as holder,
            account_lock(holder, ORDERS, "main", 1, print),
        ):
            assert is_account_locked(session, ORDERS, "main")
            assert not is_account_locked(session, CATALOGUE, "main")
            assert close_stuck_syncs(database, 15) == []
            await asyncio.to_thread(sync)  # and does not wait for the other type

    asyncio.run(hold_and_sweep())
    assert rows(OTHERS) == [other]
    assert [each.id for each in close_stuck_syncs(database, 15)] == [other["id"]]


def test_a_log_of_one_type_does_not_close_that_of_the_other(rows, database):
    async def open_both() -> None:
        async with database.connect_async("one") as one:
            await open_logbook(one, CATALOGUE, "main", "full", "{}", "test", None)
            await open_logbook(one, ORDERS, "main", "full", "{}", "test", None)

    asyncio.run(open_both())
    logs = rows("SELECT sync_type, status FROM emag_sync_logs ORDER BY id")
    assert [(each["sync_type"], each["status"]) for each in logs] == [("products", "running"), (ORDERS, "running")]


def test_inventory_and_report_follow_the_catalogue(rows, database, sync, simulator, log):
    """A sync of orders does not make them old, nor is it what they were built from."""
    from magflow_pipeline.purchasing.low_stock import build_low_stock_report

    newest = sync().sync_log_id
    log("running")
    log(processed_items=99, total_items=99)
    refresh_inventory(database, "main")
    build_low_stock_report(database)
    log(completed_at=datetime.now(UTC) + timedelta(hours=1))
    assert rows("SELECT newest_sync_id, inventory_sync_id, needs_inventory, needs_report FROM refresh_needed") == [
        {"newest_sync_id": newest, "inventory_sync_id": newest, "needs_inventory": False, "needs_report": False}
    ]
    assert rows("SELECT DISTINCT scan_offers, scan_total FROM low_stock_report") == [
        {"scan_offers": 6, "scan_total": 6}
    ]


def test_the_first_scan_of_the_night_is_one_of_the_catalogue(database, sync, simulator, log):
    log(started_at=datetime.now(UTC), completed_at=datetime.now(UTC))
    assert _is_first_of_the_night(database, "main", datetime.now(UTC))
    sync()
    assert not _is_first_of_the_night(database, "main", datetime.now(UTC))
