"""Retention: what is old goes by setting; what removal, replay and the next sync need stays (rules.md: Retention)."""

import asyncio
from collections.abc import Callable
from datetime import date

import psycopg
import pytest

from magflow_pipeline.catalogue.replay import replay_account
from magflow_pipeline.simulator.running import Simulator
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import insert
from magflow_pipeline_tests.offers import offer, offers

BODIES = "SELECT FROM raw_emag_product_bodies WHERE {} (SELECT FROM raw_emag_product_pages WHERE body_sha256 = sha256)"


@pytest.fixture
def simulator(make_simulator, make_seller) -> Simulator:
    simulator = make_simulator(main=offers(4))
    make_seller(simulator)
    return simulator


@pytest.fixture
def age(session: psycopg.Connection) -> Callable[[int], None]:
    """Let days go by since all that was written."""
    times = {
        "emag_sync_logs": ("started_at", "completed_at"),
        "raw_emag_product_pages": ("fetched_at",),
        "raw_emag_product_bodies": ("first_fetched_at",),
        "emag_products_v2": ("created_at", "updated_at", "last_synced_at", "removed_at"),
        "emag_rejected_offers": ("rejected_at",),
    }

    def run(days: int) -> None:
        for table, columns in times.items():
            session.execute(
                f"UPDATE {table} SET " + ", ".join(f"{name} = {name} - interval '{days} days'" for name in columns)
            )

    return run


@pytest.fixture
def logs(rows) -> Callable[[], list[int]]:
    return lambda: [row["id"] for row in rows("SELECT id FROM emag_sync_logs ORDER BY id")]


@pytest.fixture
def pages(rows) -> Callable[[], list[int]]:
    """Syncs whose pages are kept."""
    query = "SELECT DISTINCT sync_log_id FROM raw_emag_product_pages ORDER BY sync_log_id"
    return lambda: [row["sync_log_id"] for row in rows(query)]


@pytest.mark.slow
@both_servers
def test_logs_go_after_30_days_with_what_they_rejected(rows, sync, simulator, age, logs, pages):
    simulator.patch_offers("main", [{"id": 9}])
    capped = [sync(max_pages=1).sync_log_id for _ in range(2)]
    complete = [sync().sync_log_id for _ in range(3)]
    younger = sync(max_pages=1).sync_log_id
    age(29)
    sync(max_pages=1)
    assert len(logs()) == 7
    age(2)
    newest = sync(max_pages=1).sync_log_id
    kept = logs()
    assert not set(capped) & set(kept) and complete[0] not in kept and younger not in kept
    assert {complete[-1], newest} <= set(kept), "the last complete one and the newest"
    assert {row["sync_log_id"] for row in rows("SELECT sync_log_id FROM emag_rejected_offers")} <= set(kept)
    assert complete[-1] in pages()
    assert rows("SELECT count(*)::int AS n FROM emag_products_v2") == [{"n": 4}]
    assert rows("SELECT count(*)::int AS n FROM emag_offer_history") == [{"n": 4}]


def test_how_long_logs_are_kept_is_a_setting(sync, make_seller, simulator, age, logs):
    make_seller(simulator, EMAG_LOG_RETENTION_DAYS="50")
    for _ in range(4):
        sync(max_pages=1)
    age(49)
    sync(max_pages=1)
    assert len(logs()) == 5
    age(2)
    sync(max_pages=1)
    assert len(logs()) == 2


def test_a_running_sync_of_another_account_keeps_its_log(rows, session, sync, simulator, age):
    insert(session, "emag_sync_logs", account_type="fbe", status="running")
    insert(session, "emag_sync_logs", account_type="fbe", status="running")
    age(40)
    sync()
    assert rows("SELECT count(*)::int AS n FROM emag_sync_logs WHERE account_type = 'fbe'") == [{"n": 2}]


@both_servers
def test_raw_pages_go_after_7_days_and_those_of_the_last_complete_scan_stay(
    rows, database, sync, simulator, age, pages
):
    first = sync(items_per_page=2).sync_log_id
    simulator.patch_offers("main", [offer(4, stock_value=4)])
    second = sync(items_per_page=2).sync_log_id
    later = sync(items_per_page=2, max_pages=1).sync_log_id
    assert len(rows(BODIES.format("EXISTS"))) == 4, "pages 1, 3 (empty) and two of page 2"
    age(8)
    newest = sync(items_per_page=2, max_pages=1).sync_log_id
    assert pages() == [second, later, newest], "what came after the complete scan belongs to it"
    assert first in [row["id"] for row in rows("SELECT id FROM emag_sync_logs")], "its log is younger than 30 days"
    assert rows(BODIES.format("NOT EXISTS")) == []
    assert len(rows(BODIES.format("EXISTS"))) == 3, "the body that only the first scan had is gone"
    assert asyncio.run(replay_account(database, "main")).offers == 4
    complete = sync(items_per_page=2).sync_log_id
    assert pages() == [newest, complete], "younger than 7 days, or of the last complete scan"


def test_how_long_raw_pages_are_kept_is_a_setting(sync, make_seller, simulator, age, pages):
    make_seller(simulator, EMAG_RAW_RETENTION_DAYS="9")
    old = sync().sync_log_id
    age(8)
    complete = sync().sync_log_id
    assert pages() == [old, complete]
    age(2)
    assert pages() == [old, complete]
    assert sync().sync_log_id > complete
    assert old not in pages()


def test_raw_pages_can_be_kept_longer_than_logs_are_by_default(sync, make_seller, simulator, age, pages):
    make_seller(simulator, EMAG_RAW_RETENTION_DAYS="60")
    old = [sync().sync_log_id for _ in range(3)]
    age(40)
    sync()
    assert set(old) <= set(pages())


def test_the_other_accounts_pages_are_judged_by_its_own_scans(sync, make_simulator, make_seller, age, pages):
    make_seller(make_simulator(main=offers(2), fbe=offers(2)))
    fbe = sync("fbe").sync_log_id
    main = sync("main").sync_log_id
    age(8)
    newest = sync("main").sync_log_id
    assert pages() == [fbe, newest] and main not in pages()


@pytest.mark.slow
def test_removal_still_has_the_two_scans_it_compares(sync, simulator, age):
    sync()
    simulator.remove_offer("main", 3)
    age(40)
    assert sync().counts.removed == 0
    age(40)
    sync(max_pages=1)
    assert sync().counts.removed == 1


def test_stock_samples_are_kept_by_setting(rows, session, sync, make_seller, simulator):
    make_seller(simulator, EMAG_SNAPSHOT_RETENTION_DAYS="400")
    (today,) = rows("SELECT (now() AT TIME ZONE 'Europe/Bucharest')::date AS day")
    sample = {"account_type": "main", "samples": 1, "samples_in_stock": 1}
    sample |= {f"{name}_stock": 5 for name in ("first", "min", "max", "last")}
    for days in (399, 400, 401, 1200):
        insert(
            session,
            "stock_snapshots",
            sku=f"{days} days",
            day=date.fromordinal(today["day"].toordinal() - days),
            **sample,
        )
    sync(max_pages=1)
    kept = {row["sku"] for row in rows("SELECT sku FROM stock_snapshots")}
    assert kept == {"399 days", "400 days", "SKU1", "SKU2", "SKU3", "SKU4"}


@both_servers
def test_statistics_are_the_same_after_the_logs_have_gone(session, rows, sync, simulator, age):
    """Logs are kept for 30 days: a month's numbers, told on its first day after, would lack one."""
    simulator.patch_offers("main", [{"id": 9}])
    for _ in range(3):
        sync(max_pages=1)
    age(31)
    before = rows("SELECT * FROM ended_syncs ORDER BY id")
    sync(max_pages=1)
    assert rows("SELECT count(*)::int AS n FROM past_syncs") == [{"n": 3}]
    assert rows("SELECT * FROM ended_syncs ORDER BY id LIMIT 3") == before


def test_statistics_are_kept_as_long_as_stock_samples(session, rows, sync, simulator):
    session.execute(
        "INSERT INTO past_syncs SELECT number, 'products', 'main', 'full', 'completed', at, at, 0, 0, 0, 0, 0, 0, 0"
        " FROM (VALUES (1, now() - interval '1101 days'), (2, now() - interval '1099 days')) AS kept (number, at)"
    )
    session.execute(
        "INSERT INTO item_days SELECT 'main', current_date - age, 'critical', 1"
        " FROM unnest('{1102,1098}'::int[]) AS age"
    )
    session.execute(
        "INSERT INTO item_status_changes (account_type, sku, status_after, changed_at)"
        " SELECT 'main', 'A', 'critical', now() - make_interval(days => age) FROM unnest('{1101,1099}'::int[]) AS age"
    )
    sync()
    for table in ("past_syncs", "item_days", "item_status_changes"):
        assert rows(f"SELECT count(*)::int AS n FROM {table}") == [{"n": 1}], table
