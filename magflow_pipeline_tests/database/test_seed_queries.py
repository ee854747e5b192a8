"""The analysts' SQL, as the five notes write it, on a plain session."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import emag_offer, emag_product, insert

FOLDER = Path(__file__).parent / "seed_queries"
QUERIES = {file.stem: file.read_text() for file in FOLDER.glob("*.sql")}


@pytest.fixture
def analyst(database_url) -> Iterator[psycopg.Connection]:
    """A session as `psql` opens one, on the rows of a small shop."""
    now = datetime.now(UTC)
    with psycopg.connect(database_url, autocommit=True) as session:
        seen = {"created_at": now - timedelta(days=9), "updated_at": now, "last_synced_at": now}
        long_ago = {**seen, "last_synced_at": now - timedelta(days=3)}
        broken = {"sync_status": "error", "sync_error": "negative stock"}
        for product in (
            emag_product(account_type="fbe", emag_id=1, sku="EMG469", **seen),
            emag_product(account_type="fbe", emag_id=2, sku="B", status=0, **seen),
            emag_product(account_type="main", emag_id=3, sku="EMG469", **broken, **long_ago),
        ):
            insert(session, "emag_products_v2", **product)
            offer = emag_offer(
                account_type=product["account_type"],
                emag_offer_id=product["emag_id"],
                sku=product["sku"],
                price=Decimal("35.5"),
                reserved_stock=2,
            )
            insert(session, "emag_product_offers_v2", **offer)
        insert(session, "products", id=1, sku="EMG469")
        for number, warehouse in enumerate(("EMAG-MAIN", "EMAG-FBE", "SHOP"), start=1):
            insert(session, "warehouses", id=number, code=warehouse)
        for warehouse_id in (2, 3):
            insert(session, "inventory_items", product_id=1, warehouse_id=warehouse_id, quantity=5)
        insert(session, "emag_sync_logs", id=1, account_type="fbe", started_at=now - timedelta(minutes=30))
        insert(session, "emag_sync_logs", id=2, account_type="main", started_at=now - timedelta(minutes=3))
        ended = {"status": "failed", "errors": '[{"error": "504"}]', "completed_at": now}
        insert(session, "emag_sync_logs", id=3, account_type="main", started_at=now - timedelta(days=1), **ended)
        insert(session, "emag_sync_logs", id=4, account_type="main", started_at=now - timedelta(days=8), **ended)
        yield session


def ask(session: psycopg.Connection, name: str) -> list[tuple]:
    return session.execute(sql.SQL(QUERIES[name])).fetchall()


@both_servers
def test_products_per_account(analyst):
    rows = ask(analyst, "seed_001_products_per_account")
    assert {row[:3] for row in rows} == {("fbe", 2, 1), ("main", 1, 1)}
    assert all(row[3] is not None for row in rows)


@both_servers
def test_products_per_account_and_sync_status(analyst):
    fbe, main = ask(analyst, "seed_001_products_per_account_and_sync_status")
    assert (fbe[:5], main[:5]) == (("fbe", 2, 1, 2, 0), ("main", 1, 1, 0, 1))
    assert fbe[5] < fbe[6]


@both_servers
def test_synced_today(analyst):
    assert ask(analyst, "seed_001_synced_today") == [(2, 1, 2)]


@both_servers
def test_failed_syncs_of_the_week(analyst):
    [row] = ask(analyst, "seed_001_failed_syncs")
    assert row[:4] == ("main", "full", "failed", [{"error": "504"}])


@both_servers
def test_inventory_per_warehouse(analyst):
    """A warehouse without items is there, with none."""
    assert set(ask(analyst, "seed_000_inventory_per_warehouse")) == {("EMAG-MAIN", 0), ("EMAG-FBE", 1)}


@both_servers
def test_emptying_the_marketplace_warehouses_leaves_the_others(analyst):
    analyst.execute(sql.SQL(QUERIES["seed_000_delete_inventory"]))
    assert analyst.execute("SELECT warehouse_id FROM inventory_items").fetchall() == [(3,)]


@both_servers
def test_running_syncs_and_closing_the_stuck_ones(analyst):
    rows = ask(analyst, "seed_002_running_syncs")
    assert [(account, round(minutes)) for _, account, _, _, minutes in rows] == [("main", 3), ("fbe", 30)]
    assert analyst.execute(sql.SQL(QUERIES["seed_002_close_stuck_syncs"])).rowcount == 1
    assert [account for _, account, *_ in ask(analyst, "seed_002_running_syncs")] == ["main"]
    closed = analyst.execute(
        "SELECT duration_seconds > 0, errors -> 0 ->> 'error' FROM emag_sync_logs WHERE account_type = 'fbe'"
    ).fetchone()
    assert closed == (True, "Manually cleaned up")


@both_servers
def test_offers_of_an_account_and_of_a_sku(analyst):
    """2,550 products and no offer, without an error."""
    assert ask(analyst, "seed_003_offers_of_fbe") == [(2,)]
    assert ask(analyst, "seed_003_offer_of_a_sku") == [
        ("EMG469", 1, Decimal("35.5"), None, None, 5, 2, 3, "visible", 0)
    ]


def test_every_query_of_the_notes_is_asked_here():
    source = Path(__file__).read_text()
    assert len(QUERIES) == 10
    assert [name for name in QUERIES if f'"{name}"' not in source] == []
