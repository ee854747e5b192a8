"""The low-stock report, from rows as a sync and other programs leave them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from magflow_pipeline.database.connection import Database
from magflow_pipeline.database.statements import check
from magflow_pipeline.purchasing.low_stock import BuiltReport, build_low_stock_report
from magflow_pipeline.purchasing.plan import build_plan
from magflow_pipeline.purchasing.proposals import build_reorder_proposals
from magflow_pipeline.reports.tables import count_rows, read_rows
from magflow_pipeline.settings import load_settings
from magflow_pipeline.suppliers.matches import verify
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import emag_offer, emag_product, insert

NOW = datetime.now(UTC)
# The levels of the default policy, set by hand: without demand nothing else is ordered on its own.
BY_HAND = {"manual_minimum_stock": 10, "manual_reorder_point": 20, "manual_maximum_stock": 100}


def open_account(session: psycopg.Connection, name: str, warehouse: str | None = None) -> None:
    code, kind = warehouse or f"EMAG-{name.upper()}", "fbe" if name == "fbe" else "main"
    insert(
        session, "emag_accounts", account_type=name, kind=kind, marketplace="simulator", username=name, warehouse=code
    )
    session.execute("INSERT INTO warehouses (code, kind) VALUES (%s, %s) ON CONFLICT (code) DO NOTHING", [code, kind])


def offer(session: psycopg.Connection, account: str, emag_id: int, sku: str, **columns: Any) -> None:
    insert(session, "emag_products_v2", **emag_product(account_type=account, emag_id=emag_id, sku=sku, **columns))
    insert(session, "emag_product_offers_v2", **emag_offer(account_type=account, emag_offer_id=emag_id, sku=sku))


def item(session: psycopg.Connection, sku: str, warehouse: str, quantity: int, **columns: Any) -> None:
    session.execute("INSERT INTO products (sku) VALUES (%s) ON CONFLICT (sku) DO NOTHING", [sku])
    [product_id] = session.execute("SELECT id FROM products WHERE sku = %s", [sku]).fetchone() or [None]
    [warehouse_id] = session.execute("SELECT id FROM warehouses WHERE code = %s", [warehouse]).fetchone() or [None]
    values = {"product_id": product_id, "warehouse_id": warehouse_id, "quantity": quantity, **columns}
    insert(session, "inventory_items", **values)


def on_order(
    session: psycopg.Connection,
    sku: str,
    quantity: int,
    status: str = "sent",
    received: int | None = None,
    warehouse: str | None = None,
) -> None:
    session.execute(
        "WITH purchase AS (INSERT INTO purchase_orders (status) VALUES (%s) RETURNING id)"
        " INSERT INTO purchase_order_items (purchase_order_id, product_id, warehouse_id, quantity, received_quantity)"
        " SELECT purchase.id, product.id, (SELECT id FROM warehouses WHERE code = %s), %s, %s"
        " FROM purchase, products AS product WHERE product.sku = %s",
        [status, warehouse, quantity, received, sku],
    )


def report(database: Database) -> dict[tuple[str, str], dict[str, Any]]:
    """The report built now, by account and SKU."""
    built = build_plan(database)
    rows = read_rows(database, "low_stock_report")
    by_key = {(row["account_type"], row["sku"]): row for row in rows}
    assert len(by_key) == len(rows) == built.rows
    return by_key


def stock(session: psycopg.Connection, numbers: int, quantity: int = 5, **columns: Any) -> None:
    """SKUs S0, S1, … of the account main, each with an offer and an item."""
    for number in range(numbers):
        offer(session, "main", 100 + number, f"S{number}")
        item(session, f"S{number}", "EMAG-MAIN", quantity, **(columns or BY_HAND))


@pytest.fixture
def shop(session) -> psycopg.Connection:
    """Two accounts with a warehouse each, and SKU A in both: 5 pieces in main, 500 in fbe."""
    for name, emag_id, quantity in (("main", 1, 5), ("fbe", 2, 500)):
        open_account(session, name)
        offer(session, name, emag_id, "A", price=Decimal("84.0336"), currency="RON", name="Șurub", brand="Nordwell")
        item(session, "A", f"EMAG-{name.upper()}", quantity, **BY_HAND)
    insert(session, "exchange_rates", currency="CNY", rate_date="2026-01-31", ron="0.6")
    return session


@both_servers
def test_every_active_item_is_there_once_per_account_and_sku(database, shop):
    """The list was empty after a good sync; later every product was on it twice."""
    rows = report(database)
    assert {key: row["status"] for key, row in rows.items()} == {
        ("main", "A"): "critical",
        ("fbe", "A"): "overstock",
    }
    main = rows["main", "A"]
    assert (main["quantity"], main["available_quantity"], main["reorder_quantity"]) == (5, 5, 95)
    assert (main["emag_id"], main["warehouse"], main["name"], main["brand"]) == (1, "EMAG-MAIN", "Șurub", "Nordwell")
    assert (main["price"], main["currency"]) == (Decimal("84.0336"), "RON")
    assert main["reason"] == (
        "5 available <= minimum 10: critical. Levels set by hand. 95 missing = maximum 100 - available 5 - on order 0 -"
        " in transfer 0. Order 95; no supplier is known."
    )
    assert main["reason_ro"].startswith("5 disponibile <= minim 10: stoc critic.")


@both_servers
def test_of_two_offers_with_one_sku_the_active_one_with_the_lowest_id_is_reported(database, shop):
    offer(shop, "main", 10, "B", status=0)
    offer(shop, "main", 11, "B")
    offer(shop, "main", 12, "B")
    item(shop, "B", "EMAG-MAIN", 5, **BY_HAND)
    assert report(database)["main", "B"]["emag_id"] == 11


@both_servers
def test_what_is_inactive_or_removed_is_not_there(database, shop):
    stock(shop, 4)
    assert len(report(database)) == 6
    shop.execute("UPDATE emag_products_v2 SET status = 0 WHERE sku = 'S0'")
    shop.execute("UPDATE emag_products_v2 SET removed_at = now() WHERE sku = 'S1'")
    shop.execute(
        "UPDATE inventory_items SET is_active = false FROM products AS p WHERE p.id = product_id AND sku = 'S2'"
    )
    assert set(report(database)) == {("main", "A"), ("fbe", "A"), ("main", "S3")}


@both_servers
def test_an_empty_shop_has_an_empty_report(database, shop):
    report(database)
    shop.execute("UPDATE emag_products_v2 SET status = 0")
    assert report(database) == {}


ON_ORDER = [
    ("sent", None, 30),
    ("confirmed", None, 30),
    ("confirmed", 0, 30),
    ("partially_received", 12, 18),
    ("partially_received", 31, 0),
    ("draft", None, 0),
    ("received", None, 0),
    ("cancelled", None, 0),
]


@both_servers
def test_what_is_on_order_is_deducted_once_it_was_sent(database, shop):
    stock(shop, len(ON_ORDER))
    for number, (status, received, _) in enumerate(ON_ORDER):
        on_order(shop, f"S{number}", 30, status, received, "EMAG-MAIN")
    rows = report(database)
    for number, (status, received, deducted) in enumerate(ON_ORDER):
        row = rows["main", f"S{number}"]
        found = (row["on_order_quantity"], row["reorder_quantity"])
        wanted = 95 - deducted if 5 + deducted <= 20 else 0
        assert found == (deducted, wanted), f"{status}, received {received}"
        assert row["reason_code"] == ("to_order" if wanted else "on_its_way")


@both_servers
def test_orders_add_up_and_those_for_no_warehouse_go_to_the_main_one(database, shop):
    on_order(shop, "A", 30, warehouse="EMAG-MAIN")
    on_order(shop, "A", 4)
    on_order(shop, "A", 7, warehouse="EMAG-FBE")
    rows = report(database)
    assert (rows["main", "A"]["on_order_quantity"], rows["fbe", "A"]["on_order_quantity"]) == (34, 7)


@both_servers
def test_more_on_order_than_is_missing_orders_nothing(database, shop):
    on_order(shop, "A", 1000)
    assert report(database)["main", "A"]["reorder_quantity"] == 0


@both_servers
def test_reserved_pieces_are_not_available(database, shop):
    shop.execute("UPDATE inventory_items SET reserved_quantity = 4, manual_reserved = 3 WHERE quantity = 5")
    row = report(database)["main", "A"]
    assert (row["quantity"], row["reserved_quantity"], row["available_quantity"]) == (5, 7, -2)
    assert (row["status"], row["reorder_quantity"]) == ("out_of_stock", 102)


MANUAL = [
    ({"manual_minimum_stock": 4}, "low_stock", 95),
    ({"manual_minimum_stock": 4, "manual_reorder_point": 4}, "in_stock", 0),
    ({"manual_maximum_stock": 50}, "critical", 45),
    ({"manual_reorder_quantity": 12}, "critical", 12),
    ({"manual_reorder_quantity": 0}, "critical", 0),
    ({"manual_minimum_stock": 0, "manual_reorder_point": 0, "manual_maximum_stock": 5}, "overstock", 0),
]


@both_servers
def test_levels_set_by_people_are_used(database, shop):
    for number, (manual, _, _) in enumerate(MANUAL):
        offer(shop, "main", 100 + number, f"S{number}")
        item(shop, f"S{number}", "EMAG-MAIN", 5, **manual)
    rows = report(database)
    for number, (manual, status, quantity) in enumerate(MANUAL):
        row = rows["main", f"S{number}"]
        assert (row["status"], row["reorder_quantity"], row["has_manual_levels"]) == (status, quantity, True), manual
        assert row["minimum_stock"] == manual.get("manual_minimum_stock", 10)
        assert row["reorder_point"] == manual.get("manual_reorder_point", 20)
        assert row["maximum_stock"] == manual.get("manual_maximum_stock", 100)
    shop.execute("UPDATE inventory_items SET manual_reorder_point = NULL, manual_minimum_stock = NULL")
    shop.execute("UPDATE inventory_items SET manual_maximum_stock = NULL, manual_reorder_quantity = NULL")
    row = report(database)["main", "A"]
    assert (row["has_manual_levels"], row["reorder_quantity"], row["reorder_point"]) == (False, None, 20)


@both_servers
def test_levels_set_by_people_end_with_their_last_day_in_bucharest(database, shop):
    today = datetime.now(ZoneInfo("Europe/Bucharest")).date()
    for number, days in enumerate((1, 0, -1)):
        offer(shop, "main", 100 + number, f"S{number}")
        until = today + timedelta(days=days)
        item(shop, f"S{number}", "EMAG-MAIN", 5, manual_reorder_quantity=7, manual_valid_until=until)
    rows = report(database)
    assert [rows["main", f"S{number}"]["reorder_quantity"] for number in range(3)] == [7, 7, None]
    assert [rows["main", f"S{number}"]["has_manual_levels"] for number in range(3)] == [True, True, False]


def configure(monkeypatch: pytest.MonkeyPatch, accounts: str, **variables: str) -> None:
    """Let EMAG_ACCOUNTS name these accounts, in this order."""
    for name, value in {"EMAG_ACCOUNTS": accounts, **variables}.items():
        monkeypatch.setenv(name, value)
    load_settings.cache_clear()


def share(session: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, *names: str, **variables: str) -> None:
    """Accounts that publish the same five pieces of SKU A, on one warehouse."""
    on_one = {f"EMAG_{name.upper()}_WAREHOUSE": "SHELF" for name in names}
    configure(monkeypatch, ",".join(names), **on_one, **variables)
    for emag_id, name in enumerate(names, 1):
        open_account(session, name, "SHELF")
        offer(session, name, emag_id, "A")
    item(session, "A", "SHELF", 5)


def by_hand(session: psycopg.Connection) -> None:
    """Set the levels of every item by hand."""
    levels = ", ".join(f"{name} = {level}" for name, level in BY_HAND.items())
    session.execute(sql.SQL("UPDATE inventory_items SET {}").format(sql.SQL(levels)))


def orders(database: Database) -> dict[str, int]:
    """How many pieces of SKU A each account is told to order."""
    return {account: row["reorder_quantity"] for (account, _), row in report(database).items()}


@both_servers
def test_pieces_that_two_accounts_publish_are_ordered_once_by_the_one_of_kind_main(database, session, monkeypatch):
    """The same shelf must not be filled twice; and not the alphabet chooses who fills it."""
    share(session, monkeypatch, "bg", "fbe", "shop", EMAG_BG_KIND="fbe")
    by_hand(session)
    rows = report(database)
    assert {account: row["reorder_quantity"] for (account, _), row in rows.items()} == {"bg": 0, "fbe": 0, "shop": 95}
    assert {row["status"] for row in rows.values()} == {"critical"}
    for account in ("bg", "fbe"):
        assert "ordered with account shop" in rows[account, "A"]["reason"]
        assert rows[account, "A"]["reason_code"] == "ordered_elsewhere"


def test_of_accounts_of_one_kind_the_first_configured_orders(database, session, monkeypatch):
    share(session, monkeypatch, "hu", "bg", "main")
    by_hand(session)
    assert orders(database) == {"hu": 95, "bg": 0, "main": 0}
    configure(monkeypatch, "main,bg,hu")
    assert orders(database) == {"main": 95, "bg": 0, "hu": 0}


def test_who_cannot_sell_the_sku_leaves_the_order_to_the_next(database, session, monkeypatch):
    share(session, monkeypatch, "main", "fbe")
    by_hand(session)
    session.execute("UPDATE emag_product_offers_v2 SET visibility = 'hidden' WHERE account_type = 'main'")
    assert orders(database) == {"main": 0, "fbe": 95}
    session.execute("UPDATE emag_products_v2 SET status = 0 WHERE account_type = 'main'")
    assert orders(database) == {"fbe": 95}


def test_levels_of_a_shared_item_count_for_whoever_orders(database, session, monkeypatch):
    share(session, monkeypatch, "fbe", "main")
    by_hand(session)
    session.execute("UPDATE inventory_items SET manual_maximum_stock = 50")
    rows = report(database)
    assert {account: row["maximum_stock"] for (account, _), row in rows.items()} == {"main": 50, "fbe": 50}
    assert rows["main", "A"]["reorder_quantity"] == 45


@both_servers
def test_an_account_that_is_not_configured_rules_nothing(database, session, monkeypatch):
    """Its rows stayed for ever, and main was told that the pieces are ordered with it."""
    share(session, monkeypatch, "main", "alt")
    by_hand(session)
    assert set(orders(database)) == {"main", "alt"}
    configure(monkeypatch, "main")
    assert set(read_accounts(database, "low_stock_report")) == {"main", "alt"}  # nobody has built it yet
    assert orders(database) == {"main": 95}
    for view in ("low_stock", "low_stock_by_account", "low_stock_by_supplier", "refresh_needed", "stock_levels"):
        assert set(read_accounts(database, view)) == {"main"}, view
    assert set(read_accounts(database, "emag_products_v2")) == {"main", "alt"}
    configure(monkeypatch, "alt,main")
    assert orders(database) == {"alt": 95, "main": 0}


def read_accounts(database: Database, name: str) -> list[str]:
    return [row["account_type"] for row in read_rows(database, name)]


def test_views_leave_out_an_account_before_the_report_is_built_again(database, session, monkeypatch):
    share(session, monkeypatch, "main", "alt")
    by_hand(session)
    report(database)
    session.execute("UPDATE emag_accounts SET is_configured = false WHERE account_type = 'alt'")
    for view in ("low_stock", "low_stock_by_account", "low_stock_by_supplier"):
        assert read_accounts(database, view) == ["main"], view


@both_servers
def test_an_order_without_a_warehouse_is_not_lost_to_a_warehouse_that_nobody_uses(database, shop):
    """60 sent pieces went to the showroom, which has the lowest id, and were ordered again."""
    shop.execute("INSERT INTO warehouses (id, code, name) VALUES (1, 'SHOWROOM', 'Showroom')")
    shop.execute("UPDATE inventory_items SET quantity = 0 WHERE quantity = 5")
    on_order(shop, "A", 60)
    row = report(database)["main", "A"]
    assert (row["on_order_quantity"], row["reorder_quantity"]) == (60, 0)
    assert "60 + in transfer 0 = 60, above the reorder point 20" in row["reason"]


def problems(session: psycopg.Connection) -> dict[str, str]:
    """What the check finds: SKU to problem."""
    found = session.execute(check("every_open_order_line_is_deducted")).fetchall()
    return {sku: problem for _, _, sku, _, problem in found}


@both_servers
def test_an_order_without_a_warehouse_goes_where_the_product_is_sold(database, shop, monkeypatch):
    """Kind main first, whatever the ids of the warehouses and the order of EMAG_ACCOUNTS say."""
    configure(monkeypatch, "fbe,main")
    offer(shop, "fbe", 11, "B")
    item(shop, "B", "EMAG-FBE", 5, **BY_HAND)
    offer(shop, "main", 12, "C", status=0)
    offer(shop, "fbe", 12, "C")
    item(shop, "C", "EMAG-FBE", 5, **BY_HAND)
    for sku in ("A", "B", "C"):
        on_order(shop, sku, 30)
    rows = report(database)
    assert {key: row["on_order_quantity"] for key, row in rows.items()} == {
        ("main", "A"): 30,
        ("fbe", "A"): 0,
        ("fbe", "B"): 30,
        ("fbe", "C"): 30,
    }
    assert problems(shop) == {}


@both_servers
def test_an_order_line_that_fits_no_configured_account_is_named(database, shop, monkeypatch):
    """Pieces that are taken off no need are ordered again, and nobody knew."""
    shop.execute("INSERT INTO warehouses (code) VALUES ('SHOWROOM')")
    shop.execute("INSERT INTO products (sku) VALUES ('0012'), ('DONE')")
    offer(shop, "fbe", 11, "B")
    item(shop, "B", "EMAG-FBE", 5, **BY_HAND)
    on_order(shop, "A", 30, warehouse="SHOWROOM")
    on_order(shop, "0012", 30)
    on_order(shop, "B", 30, warehouse="EMAG-MAIN")
    on_order(shop, "DONE", 30, "partially_received", 30)
    report(database)
    assert problems(shop) == {
        "A": "no configured account uses the warehouse SHOWROOM",
        "0012": "no configured account has this SKU",
        "B": "no configured account on the warehouse EMAG-MAIN has this SKU",
    }
    configure(monkeypatch, "main")
    assert report(database)["main", "A"]["on_order_quantity"] == 0
    on_order(shop, "B", 30, warehouse="EMAG-FBE")
    found = [row[4] for row in shop.execute(check("every_open_order_line_is_deducted"))]
    assert found[-1] == "no configured account uses the warehouse EMAG-FBE"


@both_servers
def test_a_level_that_contradicts_another_is_told_on_the_row_and_by_the_check(database, shop):
    """120 pieces under a reorder point of 150 were "low stock. Order 0 = maximum 100 - available 120"."""
    offer(shop, "main", 100, "S0")
    item(shop, "S0", "EMAG-MAIN", 120, manual_reorder_point=150)
    row = report(database)["main", "S0"]
    assert (row["status"], row["reorder_quantity"], row["maximum_stock"]) == ("low_stock", 110, 230)
    told = "The usual maximum 100 contradicts what was set by hand: 230 is used."
    assert row["levels_note"] == told
    assert "110 missing = maximum 230 - available 120 - on order 0" in row["reason"]
    assert row["reason"].endswith(f"Order 110; no supplier is known. {told}")
    assert row["reason_ro"].endswith(str(row["levels_note_ro"])) and "contrazice" in str(row["levels_note_ro"])
    found = shop.execute(check("no_levels_contradict"), {"accounts": ["main", "fbe"]}).fetchall()
    assert found == [("main", "S0", told)]


NOT_SELLABLE = [
    ({"price": None}, {"price": None, "visibility": "hidden", "is_available": False}, "it has no price"),
    ({"validation_status": [9, 5]}, {"visibility": "hidden"}, "eMAG rejected its brand (validation 5)"),
    (
        {"offer_validation_status": 2},
        {"visibility": "hidden"},
        "its price is invalid and waits for eMAG's check (offer validation 2)",
    ),
    (
        {"translation_validation_status": [14]},
        {"visibility": "hidden"},
        "its translation failed (translation validation 14)",
    ),
    ({}, {"visibility": "hidden"}, "eMAG does not show it"),
]


@both_servers
def test_what_cannot_be_sold_stays_on_the_list_and_is_not_ordered(database, shop):
    """26 low rows of hidden or refused offers asked for 2,430 pieces."""
    for number, (product, terms, _) in enumerate(NOT_SELLABLE):
        sku, numbered = f"S{number}", {"sku": f"S{number}", "emag_id": 100 + number}
        insert(shop, "emag_products_v2", **emag_product(**numbered, **{"price": 10, **product}))
        insert(shop, "emag_product_offers_v2", **emag_offer(emag_offer_id=100 + number, sku=sku, **terms))
        item(shop, sku, "EMAG-MAIN", 5, **({"manual_reorder_quantity": 30} if number == 0 else {}))
    rows = report(database)
    for number, (_, _, reason) in enumerate(NOT_SELLABLE):
        row = rows["main", f"S{number}"]
        assert (row["status"], row["is_sellable"], row["reorder_quantity"]) == ("critical", False, 0)
        assert row["not_sellable_reason"] == reason
        assert row["reason"].endswith(f"Order 0: it cannot be sold: {reason}.")
        assert row["reason_ro"].endswith(f"De comandat 0: nu se poate vinde: {row['not_sellable_reason_ro']}.")
    sellable = rows["main", "A"]
    assert (sellable["is_sellable"], sellable["not_sellable_reason"], sellable["reorder_quantity"]) == (True, None, 95)

    [main] = read_rows(database, "low_stock_by_account", only={"account_type": ["main"]})
    assert (main["critical"], main["reorder_quantity"], main["not_sellable"]) == (6, 95, 5)
    [orders] = read_rows(database, "low_stock_by_supplier", only={"account_type": ["main"]})
    assert (orders["items"], orders["reorder_quantity"], orders["not_sellable_items"]) == (6, 95, 5)
    listed = read_rows(database, "low_stock", only={"sku": ["S0"]})
    assert [(row["is_sellable"], row["not_sellable_reason"]) for row in listed] == [(False, "it has no price")]


@both_servers
def test_codes_that_nobody_knows_forbid_no_order(database, shop):
    """eMAG invents a code, and the whole list would ask for nothing."""
    shop.execute("UPDATE emag_products_v2 SET validation_status = '{9,77}', offer_validation_status = 9")
    assert report(database)["main", "A"]["reorder_quantity"] == 95


@both_servers
def test_of_accounts_that_share_stock_one_that_can_sell_it_orders_it(database, session, monkeypatch):
    """The one that orders was hidden by eMAG: nobody ordered."""
    configure(monkeypatch, "main,hu", EMAG_MAIN_WAREHOUSE="SHELF", EMAG_HU_WAREHOUSE="SHELF")
    for name, emag_id in (("hu", 2), ("main", 1)):
        open_account(session, name, "SHELF")
        offer(session, name, emag_id, "A")
    item(session, "A", "SHELF", 5, **BY_HAND)
    for hidden, orders in (("hu", "main"), ("main", "hu")):
        session.execute(
            "UPDATE emag_product_offers_v2"
            " SET visibility = CASE WHEN account_type = %s THEN 'hidden' ELSE 'visible' END",
            [hidden],
        )
        quantities = {account: row["reorder_quantity"] for (account, _), row in report(database).items()}
        assert quantities == {orders: 95, hidden: 0}


NAMES = [
    # what people or the ERP wrote, when the row was made by whom, what is shown
    ({"name": "Veioza mea"}, "manual", "Veioza mea"),
    ({"name": "Veioza din ERP"}, "erp", "Veioza din ERP"),
    ({"name": None}, "manual", "Numele eMAG"),
    ({"name": "  "}, "manual", "Numele eMAG"),
    ({"name": "Nume vechi", "emag_name": "Nume vechi"}, "emag", "Numele eMAG"),
    ({"name": "Schimbat de om", "emag_name": "Nume vechi"}, "emag", "Schimbat de om"),
    ({"name": "Scris de om", "emag_name": None}, "emag", "Scris de om"),
]


@both_servers
def test_the_name_that_people_wrote_is_shown_before_that_on_emag(database, shop):
    """A person's name of a product lost to eMAG's title."""
    for number, (written, source, _) in enumerate(NAMES):
        offer(shop, "main", 100 + number, f"S{number}", name="Numele eMAG", brand="Marca eMAG")
        brand = {key.replace("name", "brand"): value for key, value in written.items()}
        insert(shop, "products", sku=f"S{number}", source=source, **written, **brand)
        item(shop, f"S{number}", "EMAG-MAIN", 5)
    rows = report(database)
    for number, (_, _, shown) in enumerate(NAMES):
        assert rows["main", f"S{number}"]["name"] == shown
        assert rows["main", f"S{number}"]["brand"] == shown.replace("Numele eMAG", "Marca eMAG")


def sheets(session: psycopg.Connection, sku: str, *rows: tuple[str, str | None, bool]) -> None:
    for name, price, is_verified in rows:
        insert(
            session,
            "product_supplier_sheets",
            sku=sku,
            supplier_name=name,
            price_cny=price,
            supplier_url=f"https://1688/{name}",
            is_verified=is_verified,
        )


CHOICES = [
    ([("Cheap", "8", False), ("Dear", "9", False)], ("Cheap", "8", False)),
    ([("Cheap", "8", False), ("Preferred ", "9", False)], ("Preferred", "9", False)),
    ([("Cheap", "8", False), ("preferred", "9", False), ("Verified", "8.5", True)], ("Preferred", "9", False)),
    ([("Cheap", "8", False), ("Verified", "10", True)], ("Verified", "10", True)),
    ([("Cheap", "8", True), ("preferred", "9", True)], ("Preferred", "9", True)),
    ([("Without", None, False), ("Dear", "9", False)], ("Dear", "9", False)),
    ([("B", "8.0000", False), ("A", "8", False)], ("A", "8", False)),
]


@both_servers
def test_a_supplier_is_preferred_before_verified_before_cheap(database, shop):
    insert(shop, "suppliers", name="Preferred", is_preferred=True)
    stock(shop, len(CHOICES))
    for number, (listed, _) in enumerate(CHOICES):
        sheets(shop, f"S{number}", *listed)
    rows = report(database)
    for number, (listed, (name, price, is_verified)) in enumerate(CHOICES):
        row = rows["main", f"S{number}"]
        assert (row["supplier_name"], row["supplier_price_cny"]) == (name, Decimal(price)), listed
        assert row["supplier_url"] in {f"https://1688/{each}" for each, _, _ in listed if each.strip().title() == name}
        assert row["is_verified"] == is_verified, listed


@both_servers
def test_a_price_list_that_is_not_in_use_is_not_offered(database, shop):
    sheets(shop, "A", ("Gone", "1", True))
    shop.execute("UPDATE product_supplier_sheets SET is_active = false")
    row = report(database)["main", "A"]
    assert (row["supplier_name"], row["is_verified"], row["supplier_count"]) == (None, False, 0)


KEY = ("account_type", "sku")
VERSIONS = "SELECT account_type, sku, ctid::text, xmin::text, xmax::text FROM low_stock_report ORDER BY 1, 2"


def log(session: psycopg.Connection, minutes_ago: int, status: str, seen: int, total: int, **columns: Any) -> None:
    ended = None if status == "running" else NOW - timedelta(minutes=minutes_ago - 1)
    values = {"account_type": "main", "started_at": NOW - timedelta(minutes=minutes_ago), "completed_at": ended}
    counts = {"processed_items": seen, "total_items": total}
    insert(session, "emag_sync_logs", status=status, **values | counts | columns)


@both_servers
def test_coverage_is_of_the_newest_scan_that_did_not_fail_and_status_of_the_newest_that_ended(database, shop):
    """A report looked fresh while the scan behind it had failed."""
    log(shop, 50, "completed", 200, 200)
    log(shop, 40, "partial", 120, 200, duplicate_items=20)
    log(shop, 30, "failed", 7, 200)
    log(shop, 20, "running", 9, 200)
    log(shop, 10, "completed", 3, 3, sync_type="orders")
    rows = report(database)
    main = rows["main", "A"]
    assert (main["scan_status"], main["scan_offers"], main["scan_total"]) == ("failed", 100, 200)
    assert main["scanned_at"] == NOW - timedelta(minutes=39)
    fbe = rows["fbe", "A"]
    assert (fbe["scan_status"], fbe["scan_offers"], fbe["scanned_at"]) == (None, None, None)


@both_servers
def test_a_build_that_changes_nothing_writes_nothing(database, shop):
    """Every build wrote every row: dead rows, WAL, and a replica that copied a catalogue each half hour."""
    sheets(shop, "A", ("Cheap", "8", False), ("Verified", "9", True))
    on_order(shop, "A", 3)
    log(shop, 5, "completed", 1, 1)
    before = report(database)
    built_at = read_rows(database, "low_stock_by_account")[0]["built_at"]
    versions = shop.execute(VERSIONS).fetchall()
    assert build_low_stock_report(database) == BuiltReport(rows=2, written=0)
    assert report(database) == before
    # Locking a row writes into it too: xmax would tell.
    assert shop.execute(VERSIONS).fetchall() == versions
    assert [xmax for *_, xmax in versions] == ["0", "0"]
    assert read_rows(database, "low_stock_by_account")[0]["built_at"] > built_at, "it was built all the same"


@both_servers
def test_a_build_writes_the_rows_that_changed_and_takes_away_those_that_are_gone(database, shop):
    stock(shop, 3)
    report(database)
    versions = dict(shop.execute("SELECT sku, xmin::text FROM low_stock_report WHERE account_type = 'main'").fetchall())
    on_order(shop, "S0", 30, warehouse="EMAG-MAIN")
    shop.execute("UPDATE emag_products_v2 SET status = 0 WHERE sku = 'S1'")
    offer(shop, "main", 200, "NEW")
    item(shop, "NEW", "EMAG-MAIN", 5)
    build_reorder_proposals(database)
    assert build_low_stock_report(database) == BuiltReport(rows=5, written=2)
    after = dict(shop.execute("SELECT sku, xmin::text FROM low_stock_report WHERE account_type = 'main'").fetchall())
    assert set(after) == {"A", "S0", "S2", "NEW"}
    assert {sku for sku in versions if after.get(sku) == versions[sku]} == {"A", "S2"}


@both_servers
def test_every_column_of_the_report_is_built_and_compared(database, shop):
    """A column that is not compared keeps the value of the build that wrote the row first."""
    columns = shop.execute(
        "SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute"
        " WHERE attrelid = 'low_stock_report'::regclass AND attnum > 0 AND NOT attisdropped"
        " AND attname NOT IN ('account_type', 'sku', 'built_at')"
    ).fetchall()
    stock(shop, len(columns))
    before = report(database)
    for (name,) in shop.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'low_stock_report'::regclass AND contype = 'c'"
    ).fetchall():
        shop.execute(sql.SQL("ALTER TABLE low_stock_report DROP CONSTRAINT {}").format(sql.Identifier(name)))
    others = {
        "text": "'other'",
        "boolean": "NOT {0}",
        "timestamp with time zone": "'2001-01-01'",
        "date": "'2001-01-01'",
    }
    for number, (name, kind) in enumerate(columns):
        changed = sql.SQL("UPDATE low_stock_report SET {0} = " + others.get(kind, "77") + " WHERE sku = {1}")
        shop.execute(changed.format(sql.Identifier(name), f"S{number}"))
    assert build_low_stock_report(database).written == len(columns)
    assert [{**row, "built_at": None} for row in read_rows(database, "low_stock_report", order_by=KEY)] == [
        {**before[key], "built_at": None} for key in sorted(before)
    ]


REASON_CODES = [
    ({"quantity": 5}, "decide_yourself"),
    ({"quantity": 5, "manual_reorder_point": 20}, "to_order"),
    ({"quantity": 50}, "nothing_to_order"),
    ({"quantity": 5, "manual_reorder_quantity": 7}, "set_by_hand"),
]


@both_servers
def test_the_reason_code_says_what_decided_the_quantity(database, shop):
    for number, (columns, _) in enumerate(REASON_CODES):
        offer(shop, "main", 100 + number, f"S{number}")
        item(shop, f"S{number}", "EMAG-MAIN", **columns)
    shop.execute("UPDATE emag_products_v2 SET price = NULL WHERE sku = 'A' AND account_type = 'main'")
    shop.execute("UPDATE emag_product_offers_v2 SET price = NULL, is_available = FALSE WHERE sku = 'A'")
    rows = report(database)
    found = [rows["main", f"S{number}"]["reason_code"] for number in range(len(REASON_CODES))]
    assert found == [code for _, code in REASON_CODES]
    assert rows["main", "A"]["reason_code"] == "not_sellable"


def test_building_it_at_once_gives_each_row_once(database, shop):
    """Both accounts end at the same moment, and each builds the report."""
    with ThreadPoolExecutor(4) as threads:
        built = [task.result() for task in [threads.submit(build_low_stock_report, database) for _ in range(4)]]
    assert {each.rows for each in built} == {2}
    assert count_rows(database, "low_stock_report") == 2


@both_servers
def test_the_views_agree_with_the_table(database, shop):
    """Counts on a report are over the whole report, not one page."""
    for number, quantity in enumerate((0, 0, 3, 15, 50)):
        offer(shop, "main", 100 + number, f"S{number}")
        item(shop, f"S{number}", "EMAG-MAIN", quantity, **BY_HAND)
    sheets(shop, "A", ("TZT", "8.5", True))
    log(shop, 5, "partial", 6, 9)
    rows = report(database)
    main = [row for row in rows.values() if row["account_type"] == "main"]
    running_out = [row for row in main if row["status"] in ("out_of_stock", "critical", "low_stock")]

    with database.connect() as reader, reader.cursor(row_factory=dict_row) as cursor:
        listed = cursor.execute("SELECT * FROM low_stock ORDER BY urgency, sku").fetchall()
        by_supplier = cursor.execute("SELECT * FROM low_stock_by_supplier ORDER BY supplier_name NULLS LAST").fetchall()
        by_account = cursor.execute("SELECT * FROM low_stock_by_account ORDER BY account_type").fetchall()

    assert [(row["urgency"], row["sku"]) for row in listed] == [
        (1, "S0"),
        (1, "S1"),
        (2, "A"),
        (2, "S2"),
        (3, "S3"),
    ]
    for row in listed:
        assert {name: value for name, value in row.items() if name != "urgency"} == rows["main", row["sku"]]

    tzt, nobody = by_supplier
    assert (tzt["supplier_name"], tzt["items"], tzt["verified_items"]) == ("TZT", 1, 1)
    assert (tzt["reorder_quantity"], tzt["reorder_value_cny"]) == (95, Decimal("807.5"))
    assert (nobody["supplier_name"], nobody["items"], nobody["out_of_stock_items"]) == (None, 4, 2)
    assert tzt["reorder_quantity"] + nobody["reorder_quantity"] == sum(row["reorder_quantity"] for row in running_out)

    fbe, counted = by_account
    assert (fbe["account_type"], fbe["items"], fbe["overstock"]) == ("fbe", 1, 1)
    assert counted["items"] == len(main)
    for status in ("out_of_stock", "critical", "low_stock", "in_stock", "overstock"):
        assert counted[status] == sum(row["status"] == status for row in main)
    assert counted["reorder_quantity"] == sum(row["reorder_quantity"] for row in main)
    assert counted["built_at"] == main[0]["built_at"]
    for row in (*listed, tzt, nobody, counted):
        assert (row["scan_status"], row["scan_offers"], row["scan_total"]) == ("partial", 6, 9)
        assert row["scanned_at"] == NOW - timedelta(minutes=4)


@both_servers
def test_the_suppliers_that_are_counted_have_a_price(database, shop):
    sheets(shop, "A", ("TZT", "8", False), ("WANKE", "9", False), ("Without", None, False))
    assert report(database)["main", "A"]["supplier_count"] == 2


def spell(session: psycopg.Connection, name: str, price: str | None, **columns: Any) -> None:
    """A price of SKU A."""
    insert(session, "product_supplier_sheets", sku="A", supplier_name=name, price_cny=price, **columns)


def offered(database: Database, *columns: str) -> tuple[Any, ...]:
    """What the report of main says of the supplier of SKU A."""
    row = report(database)["main", "A"]
    return tuple(row[column] for column in columns or ("supplier_name", "supplier_price_cny", "supplier_count"))


@both_servers
def test_of_a_supplier_that_is_listed_twice_the_newest_price_counts(database, shop):
    """'TZT ' with 8.50 of last month won over 'TZT' with 12.50 of today, and two suppliers were counted."""
    spell(shop, "TZT ", "8.5", updated_at=NOW - timedelta(days=30))
    spell(shop, "TZT", "12.5", supplier_url="https://new")
    assert offered(database) == ("TZT", Decimal("12.5"), 1)
    assert offered(database, "supplier_url") == ("https://new",)
    spell(shop, "ｔｚｔ", "99", updated_at=NOW - timedelta(days=1))
    spell(shop, "tzt\u200b", None)
    assert offered(database) == ("TZT", Decimal("12.5"), 1)
    shop.execute("UPDATE product_supplier_sheets SET price_cny = 9 WHERE supplier_name = 'TZT '")
    assert offered(database) == ("TZT", Decimal(9), 1)
    shop.execute("UPDATE product_supplier_sheets SET price_cny = price_cny WHERE supplier_name = 'TZT'")
    assert offered(database) == ("TZT", Decimal("12.5"), 1)  # the list of today says 12.50 again
    shop.execute("UPDATE product_supplier_sheets SET is_active = false WHERE supplier_name = 'TZT'")
    assert offered(database) == ("TZT", Decimal(9), 1)


@both_servers
def test_a_mark_makes_no_price_newer(database, shop):
    """Verifying an old price row made it the newest."""
    spell(shop, "TZT ", "8.5", supplier_url="https://old")
    spell(shop, "TZT", "12.5")
    shop.execute(
        "WITH supplier AS (INSERT INTO suppliers (name) VALUES ('KMX') RETURNING id)"
        " INSERT INTO supplier_products (supplier_id, local_product_id, supplier_product_url, manual_confirmed)"
        " SELECT supplier.id, products.id, 'https://old', true FROM supplier, products"
    )
    assert [change.supplier_name for change in verify(database)] == ["TZT "]
    assert offered(database, "supplier_price_cny", "is_verified") == (Decimal("12.5"), True)


@both_servers
def test_prices_written_at_one_time_or_in_the_future_do_not_depend_on_chance(database, shop):
    spell(shop, "TZT", "8", id=1, updated_at=NOW)
    spell(shop, "tzt", "9", id=2, updated_at=NOW)
    assert offered(database) == ("TZT", Decimal(9), 1)
    spell(shop, "Tzt", "7", id=3, updated_at="2150-01-01")
    assert offered(database) == ("TZT", Decimal(9), 1)


@both_servers
def test_a_price_that_is_no_number_never_wins(database, shop):
    """NaN passes the check that a price be positive, and is more than every price that is one."""
    shop.execute("SET session_replication_role = replica")  # rows from before such prices were refused
    spell(shop, "TZT", "NaN", is_verified=True)
    assert offered(database) == ("TZT", None, 0)
    spell(shop, "WANKE", "NaN")
    spell(shop, "tzt ", "8.5", updated_at=NOW - timedelta(days=30))
    assert offered(database) == ("TZT", Decimal("8.5"), 1)
    shop.execute("SET session_replication_role = origin")
    assert [change.supplier_name for change in verify(database)] == ["TZT"]
    assert offered(database) == ("TZT", Decimal("8.5"), 1)


@both_servers
def test_an_inactive_supplier_offers_nothing_and_his_inactive_twin_hides_nobody(database, shop):
    insert(shop, "suppliers", id=1, name="TZT", is_active=False, is_preferred=True)
    spell(shop, "tzt ", "8")
    spell(shop, "WANKE", "9")
    assert offered(database) == ("WANKE", Decimal(9), 1)
    insert(shop, "suppliers", id=2, name="ＴＺＴ")
    assert offered(database) == ("ＴＺＴ", Decimal(8), 2)
    spell(shop, "Third", "1")
    assert offered(database) == ("Third", Decimal(1), 3)  # the preference is that of an inactive row
    insert(shop, "suppliers", id=3, name="Tzt", is_preferred=True)
    assert offered(database) == ("Tzt", Decimal(8), 3)
    shop.execute("UPDATE suppliers SET is_active = false WHERE normalized_name(name) = 'tzt'")
    assert offered(database) == ("Third", Decimal(1), 2)


@both_servers
def test_a_supplier_is_one_line_of_the_orders_however_lists_spell_him(database, shop):
    stock(shop, 3)
    for number, name in enumerate(("TZT", "tzt\xa0", " TZT")):
        sheets(shop, f"S{number}", (name, "8", False))
    report(database)
    rows = shop.execute("SELECT supplier_name, items FROM low_stock_by_supplier WHERE supplier_name IS NOT NULL")
    assert [items for _, items in rows.fetchall()] == [3]
