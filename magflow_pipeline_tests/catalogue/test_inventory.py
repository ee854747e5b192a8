"""Inventory from offers: every active product has an item, and what people write stays theirs (rules.md: Inventory)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import pytest
from psycopg import sql

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.catalogue.known_accounts import apply_configuration
from magflow_pipeline.database.statements import check, statement
from magflow_pipeline.purchasing.low_stock import build_low_stock_report
from magflow_pipeline.settings import load_settings
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.offers import offer, offers

ITEMS = """
    SELECT product.sku, warehouse.code, item.*
    FROM inventory_items AS item
    INNER JOIN products AS product ON item.product_id = product.id
    INNER JOIN warehouses AS warehouse ON item.warehouse_id = warehouse.id
    ORDER BY product.sku, warehouse.code
"""


@pytest.fixture
def refresh(database, sync, accounts) -> Callable[..., None]:
    """Sync accounts, then refresh their inventory."""

    def run(*names: str) -> None:
        for name in names or ("main",):
            sync(name)
            refresh_inventory(database, name)

    return run


def stock(items: list[dict[str, Any]]) -> dict[str, tuple[int, int, int, bool]]:
    """SKU to quantity, reserved, available and whether it is active."""
    return {
        item["sku"]: (item["quantity"], item["reserved_quantity"], item["available_quantity"], item["is_active"])
        for item in items
    }


@both_servers
def test_every_active_product_has_an_item_in_its_accounts_warehouse(
    rows, session, refresh, make_simulator, make_seller
):
    main = [offer(1, stock_value=17, estimated_stock=15), offer(2, stock_value=0), offer(3, status=0)]
    make_seller(make_simulator(main=main, fbe=[offer(9, part_number="SKU1", stock_value=4)]))
    refresh("main", "fbe")
    assert [(item["sku"], item["code"], item["quantity"]) for item in rows(ITEMS)] == [
        ("SKU1", "EMAG-FBE", 4),
        ("SKU1", "EMAG-MAIN", 17),
        ("SKU2", "EMAG-MAIN", 0),
    ]
    assert rows(ITEMS)[1]["available_quantity"] == 15
    assert [(row["code"], row["kind"]) for row in rows("SELECT * FROM warehouses ORDER BY code")] == [
        ("EMAG-FBE", "fbe"),
        ("EMAG-MAIN", "main"),
    ]
    assert session.execute(check("every_active_product_has_inventory"), {"accounts": ["main", "fbe"]}).fetchall() == []


def test_a_second_refresh_changes_nothing(rows, refresh, make_simulator, make_seller):
    make_seller(make_simulator(main=offers(30)))
    refresh()
    before = rows(ITEMS)
    refresh()
    assert rows(ITEMS) == before


@both_servers
def test_what_people_write_survives_and_the_stock_is_refreshed(rows, session, refresh, make_simulator, make_seller):
    """A reorder point that a person had set was overwritten by the next sync (rules.md: failure 23)."""
    simulator = make_simulator(main=[offer(1, stock_value=50), offer(2)])
    make_seller(simulator)
    refresh()
    session.execute(
        "UPDATE inventory_items SET manual_reserved = 5, manual_minimum_stock = 1, manual_reorder_point = 2,"
        " manual_maximum_stock = 3, manual_reorder_quantity = 0, manual_set_by = 'ana', manual_reason = 'sezon',"
        " manual_valid_until = '2030-01-01' WHERE quantity = 50 AND id = (SELECT min(id) FROM inventory_items)"
    )
    before = rows(ITEMS)
    written = [key for key in before[0] if key.startswith("manual_")]
    assert all(before[0][key] is not None for key in written)
    simulator.patch_offers("main", [offer(1, stock_value=12, estimated_stock=10)])
    refresh()
    after = rows(ITEMS)
    assert {key: after[0][key] for key in written} == {key: before[0][key] for key in written}
    assert stock(after)["SKU1"] == (12, 2, 5, True)
    assert after[0]["id"] == before[0]["id"]
    assert after[1] == before[1]


def test_products_of_people_are_not_overwritten(rows, session, refresh, make_simulator, make_seller):
    simulator = make_simulator(main=offers(2))
    make_seller(simulator)
    session.execute("INSERT INTO products (sku, name) VALUES ('SKU1', 'Lampa mea')")
    refresh()
    session.execute("UPDATE products SET name = 'Veioza mea', brand = 'A mea' WHERE sku = 'SKU2'")
    simulator.patch_offers("main", [offer(2, name="Alt nume", brand="Alta")])
    refresh()
    assert rows("SELECT sku, name, brand, source FROM products ORDER BY sku") == [
        {"sku": "SKU1", "name": "Lampa mea", "brand": None, "source": "manual"},
        {"sku": "SKU2", "name": "Veioza mea", "brand": "A mea", "source": "emag"},
    ]


def test_a_name_follows_emag_until_people_write_one(rows, session, database, refresh, make_simulator, make_seller):
    """The row that a sync made is a person's from the moment that a person writes it."""
    simulator = make_simulator(main=[offer(1, name="Titlu"), offer(2, name="Titlu")])
    make_seller(simulator)
    refresh()
    session.execute("UPDATE products SET name = 'Veioza mea' WHERE sku = 'SKU2'")
    simulator.patch_offers("main", [offer(1, name="Titlu nou"), offer(2, name="Titlu nou")])
    refresh()
    build_low_stock_report(database)
    assert [row["name"] for row in rows("SELECT name FROM low_stock_report ORDER BY sku")] == [
        "Titlu nou",
        "Veioza mea",
    ]


def test_a_stock_that_cannot_be_is_cut_and_the_rest_is_refreshed(rows, refresh, make_simulator, make_seller):
    """eMAG's claims pass the door of the inventory whatever they are."""
    make_seller(make_simulator(main=[offer(1, stock_value=9 * 10**15), offer(2, stock_value=3)]))
    refresh()
    assert [item["quantity"] for item in rows(ITEMS)] == [10**15, 3]


def test_an_item_follows_its_offer_out_of_sale_and_back(rows, refresh, make_simulator, make_seller):
    simulator = make_simulator(main=offers(2))
    make_seller(simulator)
    refresh()
    for status, is_active in ((0, False), (2, False), (1, True)):
        simulator.patch_offers("main", [offer(1, status=status, stock_value=status)])
        refresh()
        assert stock(rows(ITEMS))["SKU1"] == (status, 0, status, is_active)
    assert len(rows(ITEMS)) == 2


def test_the_item_of_a_removed_offer_is_inactive(
    rows, session, database, accounts, refresh, make_simulator, make_seller
):
    make_seller(make_simulator(main=offers(2)))
    refresh()
    session.execute("UPDATE emag_products_v2 SET removed_at = now() WHERE emag_id = 1")
    refresh_inventory(database, "main")
    assert [(sku, item[3]) for sku, item in stock(rows(ITEMS)).items()] == [("SKU1", False), ("SKU2", True)]


def test_accounts_that_name_one_warehouse_share_its_items(rows, refresh, make_simulator, make_seller):
    """The same pieces offered twice must not be counted twice."""
    simulator = make_simulator(main=offers(3), fbe=[offer(101, part_number="SKU1"), offer(102, part_number="SKU9")])
    make_seller(simulator, EMAG_FBE_WAREHOUSE="EMAG-MAIN")
    refresh("main", "fbe")
    assert [(item["sku"], item["code"]) for item in rows(ITEMS)] == [
        (sku, "EMAG-MAIN") for sku in ("SKU1", "SKU2", "SKU3", "SKU9")
    ]


def test_a_shared_item_lives_while_any_account_sells_it(rows, refresh, make_simulator, make_seller):
    simulator = make_simulator(main=offers(1), fbe=[offer(101, part_number="SKU1")])
    make_seller(simulator, EMAG_FBE_WAREHOUSE="EMAG-MAIN")
    refresh("main", "fbe")
    simulator.patch_offers("main", [offer(1, status=0)])
    refresh("main")
    assert stock(rows(ITEMS))["SKU1"] == (50, 0, 50, True)
    simulator.patch_offers("fbe", [offer(101, part_number="SKU1", status=0)])
    refresh("fbe")
    assert stock(rows(ITEMS))["SKU1"] == (50, 0, 50, False)


@pytest.mark.parametrize(
    ("statuses", "quantity"), [((1, 1, 1), 1), ((0, 1, 1), 2), ((0, 2, 1), 3)], ids=["all", "two", "one"]
)
def test_of_offers_with_one_sku_the_active_one_with_the_lowest_id_counts(
    rows, refresh, make_simulator, make_seller, statuses, quantity
):
    twins = [offer(n, part_number="EMG469", stock_value=n, status=status) for n, status in enumerate(statuses, 1)]
    make_seller(make_simulator(main=twins))
    refresh()
    assert stock(rows(ITEMS)) == {"EMG469": (quantity, 0, quantity, True)}


@pytest.mark.parametrize(("general", "estimated", "reserved"), [(17, 15, 2), (15, 17, 0)])
def test_reserved_is_general_less_estimated_and_never_negative(
    rows, refresh, make_simulator, make_seller, general, estimated, reserved
):
    make_seller(make_simulator(main=[offer(1, stock_value=20, general_stock=general, estimated_stock=estimated)]))
    refresh()
    assert stock(rows(ITEMS))["SKU1"] == (20, reserved, 20 - reserved, True)


def test_manual_reservations_may_oversell(rows, session, refresh, make_simulator, make_seller):
    make_seller(make_simulator(main=[offer(1, stock_value=3)]))
    refresh()
    session.execute("UPDATE inventory_items SET manual_reserved = 5")
    refresh()
    assert stock(rows(ITEMS))["SKU1"] == (3, 0, -2, True)


def test_skus_that_differ_by_case_are_two_products(rows, refresh, make_simulator, make_seller):
    make_seller(make_simulator(main=[offer(1, part_number="EMG-1"), offer(2, part_number="emg-1"), offer(3)]))
    refresh()
    assert {row["sku"] for row in rows("SELECT sku FROM products")} == {"EMG-1", "emg-1", "SKU3"}


@pytest.mark.slow
def test_an_inactive_offer_does_not_overwrite_the_stock_of_the_active_one(rows, refresh, make_simulator, make_seller):
    make_seller(
        make_simulator(main=[offer(1, status=0, stock_value=0)], fbe=[offer(9, part_number="SKU1")]),
        EMAG_MAIN_WAREHOUSE="ONE",
        EMAG_FBE_WAREHOUSE="ONE",
    )
    for order in (("main", "fbe"), ("fbe", "main")):
        refresh(*order)
        assert stock(rows(ITEMS)) == {"SKU1": (50, 0, 50, True)}


def test_the_item_of_a_sku_that_the_offer_left_is_inactive(rows, session, refresh, make_simulator, make_seller):
    simulator = make_simulator(main=[offer(1)])
    make_seller(simulator)
    refresh()
    session.execute("INSERT INTO products (sku) VALUES ('OF-THE-ERP')")
    session.execute(
        "INSERT INTO inventory_items (product_id, warehouse_id, quantity)"
        " SELECT product.id, warehouse.id, 7 FROM products AS product, warehouses AS warehouse"
        " WHERE product.sku = 'OF-THE-ERP'"
    )
    simulator.patch_offers("main", [offer(1, part_number="RENAMED")])
    refresh()
    active = {item["sku"]: item["is_active"] for item in rows(ITEMS)}
    assert active == {"SKU1": False, "RENAMED": True, "OF-THE-ERP": True}


def test_items_stay_behind_inactive_when_the_account_names_another_warehouse(
    rows, refresh, make_simulator, make_seller
):
    simulator = make_simulator(main=[offer(1)])
    make_seller(simulator)
    refresh()
    make_seller(simulator, EMAG_MAIN_WAREHOUSE="NEW")
    refresh()
    assert {item["code"]: item["is_active"] for item in rows(ITEMS)} == {"EMAG-MAIN": False, "NEW": True}


@pytest.mark.slow
@both_servers
def test_levels_that_stay_at_the_former_warehouse_are_told_until_they_are_set_anew(
    rows, session, refresh, make_simulator, make_seller
):
    """A warehouse that was changed in the settings took no level along, and nothing said so."""
    by_hand = (
        "UPDATE inventory_items SET manual_reorder_point = 40 FROM warehouses AS warehouse"
        " WHERE warehouse.id = warehouse_id AND warehouse.code = %s"
    )
    names = {"accounts": ["main", "fbe"]}
    simulator = make_simulator(main=[offer(1)], fbe=[offer(9, part_number="SKU1")])
    make_seller(simulator)
    refresh("main", "fbe")
    session.execute(by_hand, ["EMAG-FBE"])
    assert session.execute(check("no_levels_contradict"), names).fetchall() == []
    make_seller(simulator, EMAG_FBE_WAREHOUSE="NEW")
    refresh("main", "fbe")
    told = "What was set by hand at the warehouse EMAG-FBE does not count: the account uses NEW now."
    assert session.execute(check("no_levels_contradict"), names).fetchall() == [("fbe", "SKU1", told)]
    session.execute(by_hand, ["NEW"])
    assert session.execute(check("no_levels_contradict"), names).fetchall() == []
    make_seller(simulator, EMAG_FBE_WAREHOUSE="NEW", EMAG_ACCOUNTS="main")
    refresh("main")
    assert session.execute(check("no_levels_contradict"), names).fetchall() == []


ORDERS = (("main", "fbe"), ("fbe", "main"), ("main", "fbe", "main"))


def shared(make_simulator, make_seller, main: list[dict[str, Any]], fbe: list[dict[str, Any]]) -> Any:
    """Two accounts on one warehouse; the simulator."""
    simulator = make_simulator(main=main, fbe=fbe)
    make_seller(simulator, EMAG_MAIN_WAREHOUSE="SHELF", EMAG_FBE_WAREHOUSE="SHELF")
    return simulator


def held(offer_id: int, pieces: int, reserved: int, **fields: Any) -> dict[str, Any]:
    """An offer of SKU A, of whose pieces some are reserved."""
    return offer(offer_id, part_number="A", stock_value=pieces, estimated_stock=pieces - reserved, **fields)


@pytest.mark.slow
@both_servers
def test_what_all_accounts_on_a_warehouse_reserve_is_deducted(rows, refresh, make_simulator, make_seller):
    """The reserved pieces were those of the account that was read last: 20, 18, 20 available instead of 13."""
    shared(make_simulator, make_seller, [held(1, 25, 5)], [held(9, 25, 7)])
    for order in ORDERS:
        refresh(*order)
        assert stock(rows(ITEMS)) == {"A": (25, 12, 13, True)}, order


@pytest.mark.slow
def test_of_two_counts_of_the_same_pieces_the_smaller_one_is_sure(rows, refresh, make_simulator, make_seller):
    """What one account has sold, the other has not heard of yet; nothing depends on who was read last."""
    shared(make_simulator, make_seller, [held(1, 25, 5)], [held(9, 20, 0)])
    for order in ORDERS:
        refresh(*order)
        assert stock(rows(ITEMS)) == {"A": (20, 5, 15, True)}, order


def test_a_count_of_an_account_that_was_not_read_for_a_day_does_not_rule(
    rows, session, database, refresh, make_simulator, make_seller
):
    """An account that cannot be read says 0 for ever; the other one is read each half hour."""
    shared(make_simulator, make_seller, [held(1, 25, 0)], [held(9, 0, 0)])
    refresh("main", "fbe")
    assert stock(rows(ITEMS)) == {"A": (0, 0, 0, True)}
    session.execute(
        "UPDATE emag_products_v2 SET last_synced_at = last_synced_at - interval '25 hours' WHERE account_type = 'fbe'"
    )
    refresh_inventory(database, "main")
    assert stock(rows(ITEMS)) == {"A": (25, 0, 25, True)}


@pytest.mark.slow
def test_an_inactive_offer_still_reserves_what_it_sold_and_a_removed_one_does_not(
    rows, session, database, refresh, make_simulator, make_seller
):
    shared(make_simulator, make_seller, [held(1, 25, 5)], [held(9, 3, 2, status=0)])
    for order in ORDERS:
        refresh(*order)
        assert stock(rows(ITEMS)) == {"A": (25, 7, 18, True)}, order
    session.execute("UPDATE emag_products_v2 SET removed_at = now() WHERE account_type = 'fbe'")
    refresh_inventory(database, "fbe")
    assert stock(rows(ITEMS)) == {"A": (25, 5, 20, True)}


def test_a_count_is_surer_than_a_bound(rows, session, database, refresh, make_simulator, make_seller):
    """An incremental sync only knows that there are more pieces than what is low."""
    shared(make_simulator, make_seller, [held(1, 25, 0)], [held(9, 60, 0)])
    refresh("main", "fbe")
    session.execute(
        "UPDATE emag_products_v2 SET stock_above = 40, stock_above_since = now() WHERE account_type = 'main'"
    )
    refresh_inventory(database, "main")
    assert stock(rows(ITEMS)) == {"A": (60, 0, 60, True)}


@both_servers
def test_an_account_that_is_not_configured_any_more_keeps_nothing_alive(
    rows, database, refresh, make_simulator, make_seller, monkeypatch
):
    """On a shared warehouse dead items lived on by an account that nobody read; its reserved pieces were missing."""
    simulator = shared(make_simulator, make_seller, [held(1, 25, 5), offer(2, status=0)], [held(9, 20, 7), offer(2)])
    refresh("main", "fbe")
    assert stock(rows(ITEMS)) == {"A": (20, 12, 8, True), "SKU2": (50, 0, 50, True)}
    make_seller(simulator, EMAG_ACCOUNTS="main")
    refresh_inventory(database, "main")
    assert stock(rows(ITEMS)) == {"A": (25, 5, 20, True), "SKU2": (50, 0, 50, False)}
    assert len(rows("SELECT FROM emag_products_v2 WHERE account_type = 'fbe'")) == 2


def test_the_items_of_a_warehouse_that_no_configured_account_names_are_inactive(
    rows, database, refresh, make_simulator, make_seller
):
    simulator = make_simulator(main=[offer(1)], fbe=[offer(9)])
    make_seller(simulator)
    refresh("main", "fbe")
    make_seller(simulator, EMAG_ACCOUNTS="fbe")
    assert apply_configuration(database, load_settings())
    assert {item["code"]: item["is_active"] for item in rows(ITEMS)} == {"EMAG-FBE": True, "EMAG-MAIN": False}
    make_seller(simulator, EMAG_ACCOUNTS="fbe,main")
    assert apply_configuration(database, load_settings())
    assert {item["code"]: item["is_active"] for item in rows(ITEMS)} == {"EMAG-FBE": True, "EMAG-MAIN": True}


@pytest.mark.slow
def test_the_kind_of_a_warehouse_is_what_the_configuration_says(
    rows, session, database, refresh, make_simulator, make_seller
):
    """`main` is the default of the column: a warehouse that the ERP had made for fbe stayed main."""
    kinds = "SELECT code, kind FROM warehouses ORDER BY code"
    session.execute("INSERT INTO warehouses (code) VALUES ('EMAG-FBE')")
    simulator = make_simulator(main=[offer(1)], fbe=[offer(9)])
    make_seller(simulator)
    refresh("main", "fbe")
    assert [tuple(row.values()) for row in rows(kinds)] == [("EMAG-FBE", "fbe"), ("EMAG-MAIN", "main")]
    make_seller(simulator, EMAG_MAIN_KIND="fbe", EMAG_FBE_KIND="main")
    apply_configuration(database, load_settings())
    assert [tuple(row.values()) for row in rows(kinds)] == [("EMAG-FBE", "main"), ("EMAG-MAIN", "fbe")]
    make_seller(simulator, EMAG_MAIN_WAREHOUSE="EMAG-FBE", EMAG_MAIN_KIND="main", EMAG_FBE_KIND="fbe")
    for order in ORDERS:
        refresh(*order)
        assert rows(kinds)[0]["kind"] == "main"


MANY = 3_000
WORK = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter")


def many_offers(session: psycopg.Connection, number: int) -> None:
    """So many active offers of the account main; the statistics are from when the tables had been emptied."""
    offers = ("emag_product_contents", "emag_offer_contents", "emag_offers_seen")
    tables = ("inventory_items", "products", *offers)
    for table in tables:
        session.execute(sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = false)").format(sql.Identifier(table)))
    session.execute(
        "INSERT INTO emag_accounts (account_type, marketplace, username, warehouse)"
        " VALUES ('main', 'simulator', 'main', 'EMAG-MAIN')"
    )
    insert_offers(session, 100)
    session.execute("INSERT INTO products (sku) SELECT sku FROM emag_products_v2")
    session.execute("INSERT INTO warehouses (code) VALUES ('EMAG-MAIN')")
    session.execute(
        "INSERT INTO inventory_items (product_id, warehouse_id) SELECT product.id, warehouse.id"
        " FROM products AS product, warehouses AS warehouse"
    )
    for table in tables[:3]:
        session.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    session.execute("ANALYZE")
    insert_offers(session, number)


def insert_offers(session: psycopg.Connection, number: int) -> None:
    session.execute(
        "INSERT INTO emag_products_v2 (account_type, emag_id, sku, stock_quantity, status, content_hash, created_at,"
        " updated_at, last_synced_at) SELECT 'main', n, 'SKU' || n, 5, 1, '', now(), now(), now()"
        " FROM generate_series(1, %s) AS n",
        [number],
    )
    session.execute(
        "INSERT INTO emag_product_offers_v2 (account_type, emag_offer_id, sku, stock, reserved_stock, status,"
        " visibility, is_available, created_at, updated_at, last_synced_at)"
        " SELECT account_type, emag_id, sku, 5, 0, 1, 'visible', false, now(), now(), now() FROM emag_products_v2"
    )


def rows_touched(session: psycopg.Connection, text: str, parameters: Mapping[str, object]) -> int:
    """How many rows the statements look at, each plan node's as often as it runs: their work without a clock."""
    touched = 0
    with psycopg.ClientCursor(session) as cursor:
        for statement in re.split(r";$", re.sub(r"--.*", "", text), flags=re.MULTILINE):
            if re.match(r"\s*(INSERT|UPDATE|SELECT DISTINCT|WITH|CREATE)", statement):
                answer = cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement, parameters).fetchone()
                plans = [answer[0][0]["Plan"]]
                while plans:
                    plan = plans.pop()
                    touched += sum(plan.get(name, 0) for name in WORK) * plan["Actual Loops"]
                    plans += plan.get("Plans", [])
            elif statement.strip():
                cursor.execute(statement, parameters)
    return touched


@pytest.mark.slow
@both_servers
def test_the_first_inventory_does_not_depend_on_what_was_known_of_empty_tables(session):
    """99,000 items took 141 s where the empty table had been analysed: each row looked through all the others."""
    many_offers(session, MANY)
    with session.transaction():
        parameters = {"account_type": "main", "warehouse": "EMAG-MAIN"}
        touched = rows_touched(session, statement("catalogue/inventory_items"), parameters)
        touched += rows_touched(session, statement("catalogue/inventory_left_behind"), {})
    assert session.execute("SELECT count(*) FROM inventory_items WHERE is_active").fetchone() == (MANY,)
    assert touched < 100 * MANY


@pytest.mark.slow
@both_servers
def test_what_reads_the_first_inventory_does_not_either(session, database):
    """Report and checks come within a second of it, before autovacuum has looked at the tables."""
    many_offers(session, MANY)
    refresh_inventory(database, "main")
    with session.transaction():
        session.execute(statement("purchasing/report_begun"))
        assert rows_touched(session, statement("purchasing/low_stock_report"), {}) < 100 * MANY
    for name in ("every_active_product_has_inventory", "one_row_per_account_and_sku"):
        assert rows_touched(session, check(name), {"accounts": ["main"]}) < 100 * MANY, name
