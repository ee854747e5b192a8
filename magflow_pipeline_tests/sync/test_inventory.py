"""Inventory from offers: every active product has an item, and what people write stays theirs (domain.md 7)."""

from collections.abc import Callable
from typing import Any

import pytest

from magflow_pipeline.database.statements import check
from magflow_pipeline.reports.low_stock import build_low_stock_report
from magflow_pipeline.sync.inventory import refresh_inventory
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
    """A reorder point that a person had set was overwritten by the next sync (domain.md 10, failure 23)."""
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
