"""Replay: the tables from the raw pages, without the API, and nothing that only time could tell (rules.md: Storing)."""

import asyncio
from collections.abc import Callable, Collection
from typing import Any

import msgspec
import pytest

from magflow_pipeline.catalogue import replay as replaying
from magflow_pipeline.catalogue import store
from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.catalogue.records import make_record
from magflow_pipeline.purchasing.plan import build_plan
from magflow_pipeline.purchasing.replay import replay_all
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.running import running
from magflow_pipeline.simulator.switches import Switches
from magflow_pipeline.suppliers import matches
from magflow_pipeline.sync.lifecycle import SyncFailedError
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.offers import offer, offers

# Not of offers: what was told, kept and counted of the work itself, which goes on.
OF_THE_WORK = [
    *("alert_deliveries", "backups", "build_outcomes", "incidents", "item_days", "item_status_changes"),
    *("metric_totals", "observations", "past_syncs"),
    # What was sold, and what follows from it: a replay reads pages of offers.
    *("emag_orders", "emag_order_lines", "emag_order_windows", "emag_rejected_orders", "imports", "sales_elsewhere"),
    *("stock_counts", "demand_days", "campaign_days", "demand", "demand_basis"),
    # What suppliers ask, what people decided, and what is planned from it.
    *("supplier_terms", "supplier_price_breaks", "supplier_closures", "supplier_receipts", "product_costs"),
    *("marketplace_fees", "item_policies", "stock_transfers"),
    *("supplier_offers", "demand_levels", "replenishment_needs", "transfer_proposals", "reorder_proposals"),
    *("reorder_shares", "supplier_unit_prices", "demand_forecasts", "forecast_accuracy"),
    *("purchase_decisions", "purchase_order_shares"),
]
TABLES = """
SELECT tablename FROM pg_tables WHERE schemaname = 'app' AND tablename <> ALL(%s)
UNION ALL VALUES ('emag_products_v2'), ('emag_product_offers_v2')
ORDER BY tablename
"""
DERIVED = {"emag_products_v2", "emag_product_offers_v2", "inventory_items", "low_stock_report"}
DERIVED |= {"emag_product_contents", "emag_offer_contents", "emag_offers_seen"}
EMPTY = {
    "emag_sync_progress",
    *("exchange_rates", "purchase_orders", "purchase_order_items"),
}
GONE = ("removed_at", "is_active", "visibility", "is_available")
LATER = {"built_at"}  # when the report was made


@pytest.fixture
def replay(database) -> Callable[[], Any]:
    return lambda: asyncio.run(replay_all(database, ["main"]))[0]


@pytest.fixture
def refresh(database) -> Callable[[], None]:
    """Inventory and report, as after every sync."""

    def run() -> None:
        refresh_inventory(database, "main")
        build_plan(database)

    return run


@pytest.fixture
def everything(rows) -> Callable[..., dict[str, list[dict[str, Any]]]]:
    """All rows of all tables, without the columns named; a table without rows would prove nothing."""

    def read(without: Collection[str] = ()) -> dict[str, list[dict[str, Any]]]:
        leave_out = LATER | set(without)
        tables = {
            table["tablename"]: [
                {name: value for name, value in row.items() if name not in leave_out}
                for row in rows(f'SELECT * FROM {table["tablename"]} AS t ORDER BY t::text COLLATE "C"')
            ]
            for table in rows(TABLES, OF_THE_WORK)
            if table["tablename"] != "input_changes"  # what a build still has to do is no row of its own
        }
        return {name: sorted(found, key=repr) for name, found in tables.items()}

    return read


@pytest.fixture
def past(database, session, sync, make_seller, refresh, without_looks) -> None:
    """A catalogue with all that can have happened to an offer, and a marketplace that answers no more."""
    session.execute("INSERT INTO products (sku, name) VALUES ('SKU1', 'Lampa mea')")
    session.execute("INSERT INTO product_supplier_sheets (sku, supplier_name, price_cny) VALUES ('SKU2', 'WANKE', 7)")
    session.execute("INSERT INTO suppliers (name) VALUES ('WANKE')")
    with running(Catalogue({"main": offers(12)}), {"main": Switches(enforce_rate_limit=False)}) as simulator:
        make_seller(simulator, EMAG_REREAD_BUDGET="0", EMAG_RETRY_ATTEMPTS="1")
        sync(items_per_page=5)
        refresh()
        session.execute(
            "INSERT INTO supplier_products (supplier_id, local_product_id)"
            " SELECT s.id, p.id FROM suppliers AS s, products AS p WHERE p.sku = 'SKU2'"
        )
        matches.confirm(database, "SKU2", "WANKE", "ana")
        session.execute(
            "UPDATE inventory_items SET manual_reorder_point = 15, manual_reserved = 2, manual_set_by = 'ana'"
        )
        simulator.patch_offers("main", [offer(1, sale_price=10), offer(2, stock_value=3), offer(3, part_number=None)])
        simulator.remove_offer("main", 12)
        sync(items_per_page=5)
        sync(items_per_page=5)  # the complete one: offer 12 is removed, offer 3 was rejected twice
        simulator.patch_offers("main", [offer(4, sale_price=20), offer(8, stock_value=1), offer(13), {"id": 14}])
        sync(max_pages=1)
        simulator.patch_offers("main", [offer(2, stock_value=70), offer(4, sale_price=30), offer(5, buy_button_rank=7)])
        sync(mode="incremental")  # offer 2 has more than 20
        sync(skus=["SKU4", "SKU5"])
        simulator.patch_offers("main", [offer(6, status=0), offer(7, sale_price=70)])
        simulator.switch("main", faults=[{"kind": "500", "page": page} for page in (1, 3)])
        sync(items_per_page=5)
        simulator.switch("main", refuse_ip=True)
        with pytest.raises(SyncFailedError):
            sync()
        refresh()


@pytest.mark.slow
@both_servers
def test_a_replay_of_a_sound_database_changes_nothing_nor_does_a_second_one(past, everything, replay):
    before = everything()
    assert {name for name, found in before.items() if not found} <= EMPTY, "the others have something to lose"
    first = replay()
    assert everything() == before
    assert replay() == first
    assert everything() == before
    products = {row["emag_id"]: row for row in before["emag_products_v2"]}
    assert (products[12]["removed_at"] is None, products[2]["stock_above"], products[2]["stock_quantity"]) == (
        False,
        20,
        3,
    )
    shown = {row["emag_id"]: row for row in before["low_stock_report"]}
    assert shown[2]["quantity"] == 21 and shown[2]["reason"].startswith("At least 19 available")


@pytest.mark.slow
def test_rows_that_cannot_be_stored_are_not_called_derived(past, replay):
    """Of 1 to 14, offer 12 is gone, and 3 and 14 are refused."""
    assert replay().offers == 11


@pytest.mark.slow
def test_what_was_damaged_is_repaired(past, session, everything, replay):
    before = everything()
    session.execute("UPDATE emag_products_v2 SET name = 'x', price = 1, notes = '{x}', ean = '{}', status = 1")
    session.execute("UPDATE emag_product_offers_v2 SET price = 1, stock = 7, is_available = FALSE WHERE price > 1")
    session.execute("UPDATE inventory_items SET quantity = 777, reserved_quantity = 7, is_active = FALSE")
    session.execute("DELETE FROM low_stock_report")
    assert everything() != before
    replay()
    # Of the inventory, which was written, and the hash of a row, which goes when somebody writes the offer by hand.
    after = everything(without=["updated_at", "raw_hash"])
    for table, found in everything_without(before, "updated_at", "raw_hash").items():
        # No page holds the offers that are gone (12) or were rejected since (3): they stay as they are.
        assert about(after[table], 3, 12) == about(found, 3, 12), table


def everything_without(tables: dict[str, list[dict[str, Any]]], *columns: str) -> dict[str, list[dict[str, Any]]]:
    return {
        name: sorted(({key: value for key, value in row.items() if key not in columns} for row in found), key=repr)
        for name, found in tables.items()
    }


def about(found: list[dict[str, Any]], *offer_ids: int) -> list[dict[str, Any]]:
    """Rows that are not of these offers; inventory items are told by their product's place."""
    return [row for row in found if row.get("emag_id", row.get("emag_offer_id")) not in offer_ids]


@pytest.mark.slow
def test_rows_that_were_deleted_come_back(past, session, everything, rows, replay):
    first_seen = {"created_at", "updated_at", "raw_hash"}
    before = everything(without=first_seen)
    session.execute("DELETE FROM emag_products_v2 WHERE emag_id IN (1, 4, 6, 13)")
    session.execute("DELETE FROM low_stock_report")
    replay()
    after = everything(without=first_seen)
    for table in DERIVED:
        assert after[table] == before[table], table


@pytest.mark.slow
def test_an_offer_that_was_removed_after_the_pages_stays_so(rows, session, sync, make_simulator, make_seller, replay):
    """The pages of the scans that missed it are lost: those of the one before them are read again."""
    simulator = make_simulator(main=offers(3))
    make_seller(simulator)
    kept = sync().sync_log_id
    simulator.remove_offer("main", 2)
    sync()
    assert sync().counts.removed == 1
    session.execute("DELETE FROM raw_emag_product_pages WHERE sync_log_id > %s", [kept])
    gone = (
        "SELECT product.*, visibility, is_available FROM emag_products_v2 AS product"
        " JOIN emag_product_offers_v2 ON emag_id = emag_offer_id WHERE emag_id = 2"
    )
    (before,) = rows(gone)
    replay()
    (after,) = rows(gone)
    assert {name: after[name] for name in GONE} == {name: before[name] for name in GONE}


@pytest.fixture
def better_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows without a SKU get one, and a piece is counted twice."""

    def read(sent: Any, place: int, *about: Any) -> Any:
        row = {key: value for key, value in sent[place].items() if value is not None}
        made: Any = make_record({"part_number": "NAMELESS"} | row, *about)
        return msgspec.structs.replace(
            made, stock_quantity=made.stock_quantity * 2, content_hash=made.content_hash[::-1]
        )

    monkeypatch.setattr(store, "read_record", read)


@pytest.mark.slow
def test_a_better_reading_reaches_the_report_and_leaves_what_only_time_told(
    past, everything, rows, replay, better_reading
):
    before = everything()
    first_seen = "SELECT emag_id, created_at FROM emag_products_v2 WHERE emag_id <> 14 ORDER BY 1"
    seen = rows(first_seen)
    levels = "SELECT id, manual_reorder_point, manual_reserved, manual_set_by FROM inventory_items ORDER BY id"
    manual = rows(levels)
    replay()
    after = everything()
    stocks = {row["emag_id"]: row["stock_quantity"] for row in after["emag_products_v2"]}
    assert (stocks[1], stocks[2], stocks[12]) == (100, 6, 50)
    assert rows("SELECT quantity FROM low_stock_report WHERE emag_id = 1") == [{"quantity": 100}]
    assert {row["sku"]: row["sync_status"] for row in after["emag_products_v2"]}["NAMELESS"] == "synced"
    assert (
        rows("SELECT sku, sync_attempts FROM emag_product_offers_v2 WHERE emag_offer_id IN (3, 14)")
        == [{"sku": "NAMELESS", "sync_attempts": 0}] * 2
    ), "a row that was rejected is stored now"
    assert (rows(first_seen), rows(levels)[: len(manual)]) == (seen, manual)
    for table in set(before) - DERIVED - {"products"}:
        assert after[table] == before[table], table
    assert [row for row in after["products"] if row["sku"] != "NAMELESS"] == before["products"]
    replay()
    assert everything() == after


@pytest.mark.slow
def test_attempts_that_failed_are_counted_as_they_were(rows, sync, make_simulator, make_seller, replay):
    simulator = make_simulator(main=offers(3))
    make_seller(simulator)
    sync()
    simulator.patch_offers("main", [offer(2, part_number=None)])
    sync(max_pages=1)
    sync(max_pages=1)
    attempts = "SELECT sync_attempts FROM emag_product_offers_v2 WHERE emag_offer_id = 2"
    assert rows(attempts) == [{"sync_attempts": 2}]
    replay()
    assert rows(attempts) == [{"sync_attempts": 2}]


@pytest.mark.slow
def test_an_offer_that_came_back_by_a_replay_has_a_history_again(
    rows, session, sync, make_simulator, make_seller, replay
):
    """It went with the row; syncs that found nothing changed never began another one."""
    make_seller(make_simulator(main=offers(3)))
    sync()
    session.execute("DELETE FROM emag_products_v2 WHERE emag_id = 2")
    replay()
    sync()
    assert [row["emag_offer_id"] for row in rows("SELECT emag_offer_id FROM offers_as_of(now()) ORDER BY 1")] == [
        1,
        2,
        3,
    ]


@pytest.mark.slow
def test_without_a_complete_scan_it_says_what_to_do(sync, make_simulator, make_seller, replay):
    with pytest.raises(ConfigurationError, match="magflow sync main"):
        replay()
    make_seller(make_simulator(main=offers(3)))
    sync(max_pages=1)
    with pytest.raises(ConfigurationError, match="no complete scan of account 'main'"):
        replay()


@pytest.mark.slow
def test_it_waits_for_a_sync_and_then_gives_up(session, sync, make_simulator, make_seller, replay, monkeypatch):
    make_seller(make_simulator(main=offers(3)))
    sync()
    monkeypatch.setattr(replaying, "WAIT_SECONDS", 0.1)
    session.execute("SELECT pg_advisory_lock(hashtextextended('magflow: sync main', 0))")
    with pytest.raises(ConfigurationError, match="Another sync of account 'main' is still running"):
        replay()
