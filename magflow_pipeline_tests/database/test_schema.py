"""Constraints, tested by violating them, and the rows that other programs write."""

import re

import psycopg
import pytest
from psycopg import errors, sql

from magflow_pipeline.settings import SQL_FOLDER
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import NOW, emag_offer, emag_product, insert


@pytest.fixture
def rows(session) -> psycopg.Connection:
    """One row of everything, each with the id 1."""
    insert(session, "emag_sync_logs", id=1, account_type="main")
    insert(session, "emag_sync_progress", sync_log_id=1)
    insert(session, "emag_products_v2", **emag_product())
    insert(session, "emag_product_offers_v2", **emag_offer())
    insert(session, "warehouses", id=1, code="EMAG-MAIN")
    insert(session, "products", id=1, sku="A")
    insert(session, "inventory_items", product_id=1, warehouse_id=1)
    insert(session, "suppliers", id=1, name="TZT")
    insert(session, "supplier_products", supplier_id=1, local_product_id=1)
    insert(session, "product_supplier_sheets", sku="A", supplier_name="TZT")
    insert(session, "purchase_orders", id=1, supplier_id=1)
    insert(session, "purchase_order_items", purchase_order_id=1, product_id=1, quantity=1)
    insert(session, "exchange_rates", currency="CNY", rate_date=NOW, ron=0.6)
    return session


CHECK, UNIQUE, MISSING, EMPTY = (
    errors.CheckViolation,
    errors.UniqueViolation,
    errors.ForeignKeyViolation,
    errors.NotNullViolation,
)


REFUSED_ROWS = [
    ("emag_products_v2", emag_product(), UNIQUE),
    ("emag_products_v2", emag_product(emag_id=2, account_type="MAIN"), CHECK),
    ("emag_products_v2", emag_product(emag_id=2, account_type=""), CHECK),
    ("emag_products_v2", emag_product(emag_id=0), CHECK),
    ("emag_products_v2", emag_product(emag_id=2, sku=""), CHECK),
    ("emag_products_v2", emag_product(emag_id=2, sku=None), EMPTY),
    ("emag_products_v2", emag_product(emag_id=2, stock_quantity=-1), CHECK),
    ("emag_products_v2", emag_product(emag_id=2, price=0), CHECK),
    ("emag_products_v2", emag_product(emag_id=2, sync_status="pending"), CHECK),
    ("emag_products_v2", emag_product(emag_id=2, sync_status="error"), CHECK),
    ("emag_products_v2", emag_product(emag_id=2, sync_error="a synced row has none"), CHECK),
    ("emag_product_offers_v2", emag_offer(), UNIQUE),
    ("emag_product_offers_v2", emag_offer(emag_offer_id=2), MISSING),
    ("emag_product_offers_v2", emag_offer(account_type="fbe"), MISSING),
    ("emag_sync_logs", {"account_type": "MAIN"}, CHECK),
    ("emag_sync_logs", {"account_type": "main", "status": "done"}, CHECK),
    ("emag_sync_logs", {"account_type": "main", "operation": "both"}, CHECK),
    ("emag_sync_logs", {"account_type": "main", "completed_at": NOW}, CHECK),
    ("emag_sync_logs", {"account_type": "main", "status": "completed"}, CHECK),
    (
        "emag_sync_logs",
        {"account_type": "main", "status": "partial", "completed_at": NOW, "is_complete": True},
        CHECK,
    ),
    ("emag_sync_logs", {"account_type": "main", "errors": "{}"}, CHECK),
    ("emag_sync_progress", {"sync_log_id": 1}, UNIQUE),
    ("emag_sync_progress", {"sync_log_id": 2}, MISSING),
    ("emag_accounts", {"account_type": "FBE", "marketplace": "m", "username": "u", "warehouse": "w"}, CHECK),
    (
        "emag_accounts",
        {"account_type": "fbe", "kind": "x", "marketplace": "m", "username": "u", "warehouse": "w"},
        CHECK,
    ),
    ("warehouses", {"code": "EMAG-MAIN"}, UNIQUE),
    ("products", {"sku": "A"}, UNIQUE),
    ("products", {"sku": ""}, CHECK),
    ("inventory_items", {"product_id": 1, "warehouse_id": 1}, UNIQUE),
    ("inventory_items", {"product_id": 2, "warehouse_id": 1}, MISSING),
    ("inventory_items", {"product_id": 1, "warehouse_id": 2}, MISSING),
    ("suppliers", {"name": "  "}, CHECK),
    ("supplier_products", {"supplier_id": 2, "local_product_id": 1}, MISSING),
    ("product_supplier_sheets", {"sku": "A", "supplier_name": "TZT"}, UNIQUE),
    ("product_supplier_sheets", {"sku": "A", "supplier_name": "TZT-T", "price_cny": 0}, CHECK),
    ("purchase_orders", {"status": "delivered"}, CHECK),
    ("purchase_order_items", {"purchase_order_id": 1, "product_id": 1, "quantity": 0}, CHECK),
    ("purchase_order_items", {"purchase_order_id": 2, "product_id": 1, "quantity": 1}, MISSING),
    ("exchange_rates", {"currency": "CNY", "rate_date": NOW, "ron": 1}, UNIQUE),
    ("exchange_rates", {"currency": "cny", "rate_date": NOW, "ron": 1}, CHECK),
    ("exchange_rates", {"currency": "EUR", "rate_date": NOW, "ron": 0}, CHECK),
]


@both_servers
def test_a_row_that_cannot_be_is_refused(rows, subtests):
    """Rules that lived in the program alone were broken by the next program."""
    for table, values, problem in REFUSED_ROWS:
        with subtests.test(table, values=str(values)), pytest.raises(problem):
            insert(rows, table, **values)


REFUSED_CHANGES = [
    "inventory_items SET quantity = -1",
    "inventory_items SET reserved_quantity = -1",
    "inventory_items SET manual_reserved = -1",
    "inventory_items SET manual_minimum_stock = -1",
    "inventory_items SET manual_reorder_quantity = -1",
    "emag_product_offers_v2 SET stock = -1",
    "emag_product_offers_v2 SET reserved_stock = -1",
    "emag_product_offers_v2 SET price = NULL",
    "emag_product_offers_v2 SET visibility = 'maybe'",
    "emag_sync_logs SET status = 'failed'",
    "purchase_order_items SET received_quantity = -1",
]


@both_servers
def test_a_change_to_what_cannot_be_is_refused(rows, subtests):
    for change in REFUSED_CHANGES:
        with subtests.test(change), pytest.raises(errors.CheckViolation):
            rows.execute(f"UPDATE {change}")


@both_servers
def test_a_product_without_a_price_keeps_its_offer(rows):
    """Such a product was lost with its offer; the offer is stored, and not available."""
    rows.execute("UPDATE emag_product_offers_v2 SET price = NULL, is_available = false")


@both_servers
def test_ids_above_two_to_the_31_are_stored(rows):
    insert(rows, "emag_products_v2", **emag_product(emag_id=2**40))
    insert(rows, "emag_product_offers_v2", **emag_offer(emag_offer_id=2**40))


MANUAL = {
    "manual_reserved": 0,
    "manual_minimum_stock": 0,
    "manual_reorder_point": 0,
    "manual_maximum_stock": 7,
    "manual_reorder_quantity": 7,
    "manual_set_by": "ana",
    "manual_reason": "sezon",
    "manual_valid_until": "2026-12-31",
}


@both_servers
def test_each_manual_column_can_be_set_alone(rows):
    for warehouse_id, (column, value) in enumerate(MANUAL.items(), start=2):
        insert(rows, "warehouses", id=warehouse_id, code=column)
        insert(rows, "inventory_items", product_id=1, warehouse_id=warehouse_id, **{column: value})
        rows.execute(
            sql.SQL("UPDATE inventory_items SET {0} = NULL WHERE {0} = %s").format(sql.Identifier(column)), [value]
        )
    named = rows.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'app' AND column_name LIKE 'manual\\_%' AND table_name = 'inventory_items'"
    ).fetchall()
    assert {name for (name,) in named} == set(MANUAL)


@both_servers
def test_other_programs_write_with_the_named_columns_alone(session):
    """An ERP knows the columns of rules.md: Storing and no others."""
    session.execute("INSERT INTO suppliers (id, name) VALUES (1, 'KEMEISING')")
    session.execute("INSERT INTO products (id, sku) VALUES (1, 'AUR516')")
    session.execute("INSERT INTO warehouses (id, code) VALUES (1, 'EMAG-FBE')")
    session.execute("INSERT INTO supplier_products (supplier_id, local_product_id) VALUES (1, 1)")
    session.execute(
        "INSERT INTO supplier_products (supplier_id, local_product_id, supplier_product_url, manual_confirmed,"
        " is_active, confirmed_by, confirmed_at) VALUES (1, 1, 'https://x', true, true, 'ana', now())"
    )
    session.execute("INSERT INTO product_supplier_sheets (sku, supplier_name) VALUES ('AUR516', 'KEMEISING')")
    session.execute(
        "INSERT INTO product_supplier_sheets (sku, supplier_name, supplier_id, price_cny, supplier_url, is_verified,"
        " is_active) VALUES ('AUR517', 'KEMEISING', 1, 8.5, 'https://y', false, true)"
    )
    session.execute(
        "INSERT INTO inventory_items (product_id, warehouse_id, quantity, is_active) VALUES (1, 1, 3, true)"
    )
    session.execute("INSERT INTO emag_sync_logs (account_type, sync_type) VALUES ('fbe', 'products')")
    assert session.execute("SELECT status FROM emag_sync_logs").fetchone() == ("running",)
    assert session.execute("SELECT available_quantity FROM inventory_items").fetchone() == (3,)


@both_servers
def test_other_programs_may_choose_the_ids(session):
    big = 2**40
    session.execute("INSERT INTO suppliers (id, name) VALUES (%s, 'KEMEISING')", [big])
    session.execute("INSERT INTO products (id, sku) VALUES (%s, 'AUR516')", [big])
    session.execute("INSERT INTO warehouses (id, code) VALUES (%s, 'EMAG-FBE')", [big])
    session.execute(
        "INSERT INTO supplier_products (id, supplier_id, local_product_id) VALUES (%(id)s, %(id)s, %(id)s)", {"id": big}
    )
    session.execute(
        "INSERT INTO product_supplier_sheets (id, sku, supplier_name, supplier_id)"
        " VALUES (%(id)s, 'AUR516', 'KEMEISING', %(id)s)",
        {"id": big},
    )
    session.execute(
        "INSERT INTO inventory_items (id, product_id, warehouse_id) VALUES (%(id)s, %(id)s, %(id)s)", {"id": big}
    )
    session.execute("INSERT INTO emag_sync_logs (id, account_type) VALUES (%s, 'fbe')", [big])


def test_small_ids_of_the_erp_do_not_meet_ours(session):
    """An ERP that numbered its rows from 1 made the next sync fail on the primary key, once per row."""
    session.execute("INSERT INTO products (id, sku) SELECT n, 'ERP' || n FROM generate_series(1, 50) AS n")
    for number in range(3):
        session.execute("INSERT INTO products (sku) VALUES (%s)", [f"OURS{number}"])
    assert session.execute("SELECT count(*) FROM products").fetchone() == (53,)


def test_views_with_all_columns_of_the_report_are_made_anew_for_a_new_one(session):
    """`SELECT *` is of the columns that there were: a view whose text stays lacks the new one, and the page failed."""
    (newest,) = session.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'low_stock_report'"
        " ORDER BY ordinal_position DESC LIMIT 1"
    ).fetchone()
    views = session.execute(
        "SELECT DISTINCT view_name FROM information_schema.view_column_usage"
        " WHERE table_name = 'low_stock_report' AND column_name = %s",
        [newest],
    ).fetchall()
    named = [
        path for path in (SQL_FOLDER / "views").glob("*.sql") if f"(last: {newest})" in path.read_text(encoding="utf-8")
    ]
    made = {
        name
        for path in named
        for name in re.findall(r"CREATE OR REPLACE VIEW app\.(\w+)", path.read_text(encoding="utf-8"))
    }
    assert {name for (name,) in views} >= {"low_stock", "decide_yourself", "not_kept", "page_items"}
    assert {name for (name,) in views} <= made
