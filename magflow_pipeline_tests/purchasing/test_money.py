"""What would be ordered wrongly, and what the report has to say about a stock it cannot be sure of."""

import pytest

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.database.statements import check
from magflow_pipeline.purchasing.plan import build_plan
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.offers import offer as sent
from magflow_pipeline_tests.offers import offers as many_sent
from magflow_pipeline_tests.purchasing.test_low_stock import (
    BY_HAND,
    by_hand,
    item,
    offer,
    on_order,
    open_account,
    orders,
    report,
    share,
)


@pytest.fixture
def shop(session):
    """Two accounts with a warehouse each, and five pieces of SKU A in both."""
    for name, emag_id in (("main", 1), ("fbe", 2)):
        open_account(session, name)
        offer(session, name, emag_id, "A", price=10, name="Șurub", brand="Nordwell")
        item(session, "A", f"EMAG-{name.upper()}", 5, **BY_HAND)
    return session


@pytest.fixture
def synced(database, sync):
    """The report after a sync of some accounts, by account and SKU."""

    def run(*names: str):
        for name in names or ("main",):
            sync(name)
            refresh_inventory(database, name)
        build_plan(database)
        return {(row["account_type"], row["sku"]): row for row in read_rows(database, "low_stock_report")}

    return run


def test_a_stock_that_is_known_to_be_old_is_told_in_the_reason(synced, make_simulator, make_seller):
    """50 pieces ran out while the row could not be stored: the report said in stock, and nothing else."""
    simulator = make_simulator(main=many_sent(2))
    make_seller(simulator)
    synced()
    simulator.patch_offers("main", [sent(2, stock_value=0, part_number=None)])
    rows = synced()
    old, fresh = rows["main", "SKU2"], rows["main", "SKU1"]
    assert "Its stock is old, as of 20" in old["reason"]
    assert "Europe/Bucharest" in old["reason"]
    assert "Stocul este vechi, din 20" in old["reason_ro"]
    assert "old" not in fresh["reason"]
    assert "vechi" not in fresh["reason_ro"]


def test_a_stock_that_is_no_number_is_not_ordered_as_if_all_were_sold(synced, make_simulator, make_seller, session):
    """50 pieces were there, the stock was sent as text: 100 more of each would have been ordered."""
    bad = {"stock": [{"value": "many"}], "general_stock": None, "estimated_stock": None}
    simulator = make_simulator(main=[sent(1), sent(2, **bad), sent(3, stock=[], general_stock="1e999")])
    make_seller(simulator)
    rows = synced()
    assert [rows["main", f"SKU{number}"]["reorder_quantity"] for number in (1, 2, 3)] == [0, 0, 0]
    assert "is no number" in rows["main", "SKU2"]["reason"]
    assert "nu a trimis un număr" in rows["main", "SKU3"]["reason_ro"]
    assert "is no number" not in rows["main", "SKU1"]["reason"]
    by_hand(session)
    simulator.patch_offers("main", [sent(2, stock_value=5)])
    assert synced()["main", "SKU2"]["reorder_quantity"] == 95


def test_of_a_stock_with_one_unreadable_warehouse_the_general_stock_counts(synced, make_simulator, make_seller):
    make_seller(make_simulator(main=[sent(1, stock=[{"value": 4}, {"value": "x"}], general_stock=50)]))
    assert synced()["main", "SKU1"]["available_quantity"] == 50


def test_reserved_pieces_beyond_reason_are_not_ordered(synced, make_simulator, make_seller, session):
    """general_stock 10^12 beside five pieces made 'order 999999999995 + 95'."""
    make_seller(make_simulator(main=[sent(1, stock=[{"value": 5}], general_stock=10**12, estimated_stock=0)]))
    synced()
    by_hand(session)
    assert synced()["main", "SKU1"]["reorder_quantity"] == 95


@pytest.mark.slow
@pytest.mark.parametrize("bad", [{"part_number": None}, {"stock": [{"value": "x"}], "general_stock": None}])
def test_on_a_shared_warehouse_a_count_that_could_not_be_read_does_not_rule(synced, make_simulator, make_seller, bad):
    """Five pieces of weeks ago, of an account whose rows are rejected, ruled over the 100 that are there."""
    simulator = make_simulator(
        main=[sent(1, part_number="A", stock_value=100)],
        fbe=[sent(9, part_number="A", stock_value=5), sent(10, part_number="B")],
    )
    make_seller(simulator, EMAG_MAIN_WAREHOUSE="SHELF", EMAG_FBE_WAREHOUSE="SHELF")
    assert synced("main", "fbe")["main", "A"]["available_quantity"] == 5
    simulator.patch_offers("fbe", [{**sent(9, part_number="A", stock_value=5), **bad}])
    for order in (("main", "fbe"), ("fbe", "main")):
        rows = synced(*order)
        assert {row["available_quantity"] for (_, sku), row in rows.items() if sku == "A"} == {100}
        assert {row["reorder_quantity"] for row in rows.values()} == {0}


def test_who_orders_a_shared_stock_is_judged_by_the_offer_that_the_report_shows(database, session, monkeypatch):
    """main's first offer is hidden and its twin is not: main could not sell it, fbe left the order to main."""
    share(session, monkeypatch, "main", "fbe")
    by_hand(session)
    offer(session, "main", 10, "A")
    session.execute("UPDATE emag_product_offers_v2 SET visibility = 'hidden' WHERE emag_offer_id = 1")
    session.execute("UPDATE emag_products_v2 SET validation_status = '{8}' WHERE emag_id = 1 AND account_type = 'main'")
    assert orders(database) == {"main": 0, "fbe": 95}


@both_servers
def test_an_order_without_a_warehouse_is_taken_off_the_account_that_can_sell_it(database, shop):
    """Sent pieces were taken off main, which may not sell the product and orders none; fbe ordered them again."""
    on_order(shop, "A", 10)
    assert orders(database) == {"main": 85, "fbe": 95}
    shop.execute("UPDATE emag_product_offers_v2 SET visibility = 'hidden' WHERE account_type = 'main'")
    assert orders(database) == {"main": 0, "fbe": 85}


def test_a_name_that_shows_nothing_is_none(database, shop):
    shop.execute("UPDATE products SET name = U&'\\00a0\\200b', brand = E'\\t'")
    assert {(row["name"], row["brand"]) for row in report(database).values()} == {("Șurub", "Nordwell")}


def test_the_summaries_of_the_report_say_where_its_rows_come_from(database, shop):
    """An analyst's sum over the suppliers was that of a demo, and did not say so."""
    report(database)
    for view in ("low_stock_by_supplier", "low_stock_by_account", "low_stock"):
        assert {row["marketplace"] for row in read_rows(database, view)} == {"simulator"}, view


@pytest.mark.parametrize("written", ["294276-12-31 23:59:59+00", "infinity", "-infinity", "4713-01-01 00:00:00+00 BC"])
def test_a_price_of_no_day_does_not_end_the_list_of_conflicts(database, shop, written):
    """A row from before the rule, at the end of PostgreSQL's time: all conflicts failed."""
    shop.execute("SET session_replication_role = replica")
    shop.execute(
        "INSERT INTO product_supplier_sheets (sku, supplier_name, price_cny, updated_at)"
        " VALUES ('A', 'TZT', 8, %s), ('A', 'tzt', 9, now())",
        [written],
    )
    [conflict] = read_rows(database, "supplier_conflicts")
    assert conflict["detail"].endswith("which counts, and 8.0000 of no day")


def test_a_line_whose_product_or_warehouse_is_nowhere_is_named(database, shop):
    """A program that switches foreign keys off left a line that was on order for nobody, and no check knew of it."""
    on_order(shop, "A", 60)
    on_order(shop, "A", 40)
    shop.execute("SET session_replication_role = replica")
    shop.execute("UPDATE purchase_order_items SET product_id = 7 WHERE quantity = 60")
    shop.execute("UPDATE purchase_order_items SET warehouse_id = 7 WHERE quantity = 40")
    found = shop.execute(check("every_open_order_line_is_deducted")).fetchall()
    assert [row[3:] for row in found] == [
        (60, "no product has the number 7"),
        (40, "no warehouse has the number 7"),
    ]
    assert orders(database) == {"main": 95, "fbe": 95}


@both_servers
def test_products_that_an_erp_loads_anew_leave_no_empty_report(database, session, synced, make_simulator, make_seller):
    """TRUNCATE products CASCADE took the inventory along: the report had no row until the next sync."""
    make_seller(make_simulator(main=many_sent(3, stock_value=5)))
    before = synced()
    by_hand(session)
    with session.transaction():
        session.execute("CREATE TEMPORARY TABLE kept AS SELECT sku, name FROM products")
        session.execute("TRUNCATE products CASCADE")
        session.execute("INSERT INTO products (sku, name) SELECT sku, name FROM kept WHERE sku <> 'SKU3'")
    after = report(database)
    assert after.keys() == before.keys()
    assert {row["available_quantity"] for row in after.values()} == {5}
    assert read_rows(database, "input_changes", only={"name": ["low_stock_report"]}) == []


def test_a_price_is_not_called_unused_before_the_first_inventory_of_all_accounts(
    session, sync, database, make_simulator, make_seller
):
    """The demo's first run failed a check over prices of SKUs that only the other account has."""
    make_seller(make_simulator(main=[sent(1)], fbe=[sent(9, part_number="ONLY-FBE")]))
    session.execute(
        "INSERT INTO product_supplier_sheets (sku, supplier_name) VALUES ('ONLY-FBE', 'TZT'), ('NOBODYS', 'TZT')"
    )
    for account in ("main", "fbe"):
        sync(account)
    found = [refresh_inventory(database, account) or unused_skus(session) for account in ("main", "fbe")]
    assert found == [[], ["NOBODYS"]]


def unused_skus(session):
    return [sku for sku, *_ in session.execute(check("every_price_has_its_product")).fetchall()]
