"""Values that cannot be: refused at the door with a sentence; those that are there already stop nobody."""

import io
from collections.abc import Iterable
from datetime import UTC, datetime

import pandas as pd
import psycopg
import pytest
import sqlalchemy
from psycopg import errors
from typer.testing import CliRunner

from magflow_pipeline.catalogue.inventory import refresh_inventory
from magflow_pipeline.cli.verbs import app
from magflow_pipeline.database import migration
from magflow_pipeline.database.connection import Database, Use, open_database
from magflow_pipeline.database.migration import migrate
from magflow_pipeline.database.statements import check
from magflow_pipeline.purchasing.plan import build_plan
from magflow_pipeline.reports.tables import read_rows
from magflow_pipeline.settings import SQL_FOLDER, load_settings
from magflow_pipeline.suppliers.matches import verify
from magflow_pipeline_tests.conftest import both_servers
from magflow_pipeline_tests.database.rows import emag_offer, emag_product, insert

HUGE = 2**63 - 1
NO_TIMES = ("infinity", "-infinity", "20000-01-01", "2200-01-01", "0044-03-15 BC")
NO_PIECES = (-1, 1_000_000_001, HUGE)
NO_PRICES = ("NaN", 0, -1)
TIME_COLUMNS = (
    ("warehouses", "created_at"),
    ("products", "created_at"),
    ("inventory_items", "created_at"),
    ("inventory_items", "updated_at"),
    ("suppliers", "created_at"),
    ("supplier_products", "created_at"),
    ("supplier_products", "confirmed_at"),
    ("product_supplier_sheets", "updated_at"),
    ("purchase_orders", "ordered_at"),
    ("purchase_orders", "created_at"),
    ("emag_sync_logs", "started_at"),
)
REFUSED = [
    *((table, column, value) for table, column in TIME_COLUMNS for value in NO_TIMES),
    *(
        ("inventory_items", f"manual_{name}", value)
        for name in ("reserved", "minimum_stock", "reorder_point", "maximum_stock", "reorder_quantity")
        for value in NO_PIECES
    ),
    *(
        ("inventory_items", column, value)
        for column in ("quantity", "reserved_quantity")
        for value in (-1, 10**15 + 1, HUGE)
    ),
    *(("inventory_items", "manual_valid_until", value) for value in ("-infinity", "20000-01-01", "0044-03-15 BC")),
    *(("product_supplier_sheets", "price_cny", value) for value in NO_PRICES),
    *(("purchase_orders", "expected_on", value) for value in ("infinity", "-infinity", "20000-01-01")),
    *(("purchase_order_items", "quantity", value) for value in (0, *NO_PIECES)),
    *(("purchase_order_items", "received_quantity", value) for value in NO_PIECES),
    *(("purchase_order_items", "unit_price", value) for value in ("NaN", -1)),
    *(("exchange_rates", "ron", value) for value in NO_PRICES),
    *(("exchange_rates", "units", value) for value in (0, -1, 2**31 - 1)),
    *(("exchange_rates", "rate_date", value) for value in ("infinity", "-infinity")),
]


@pytest.fixture
def seller(database: Database, session: psycopg.Connection) -> psycopg.Connection:
    _fill(session)
    return session


def _fill(session: psycopg.Connection) -> None:
    """One row of everything that people or an ERP write, and the account main with 5 pieces of A and B."""
    insert(
        session, "emag_accounts", account_type="main", marketplace="simulator", username="main", warehouse="EMAG-MAIN"
    )
    insert(session, "emag_sync_logs", id=1, account_type="main", status="completed", completed_at=datetime.now(UTC))
    insert(session, "warehouses", id=1, code="EMAG-MAIN")
    for number, sku in enumerate("AB", 1):
        insert(session, "emag_products_v2", **emag_product(emag_id=number, sku=sku, price=10, last_sync_id=1))
        insert(session, "emag_product_offers_v2", **emag_offer(emag_offer_id=number, sku=sku))
        insert(session, "products", id=number, sku=sku)
        insert(session, "inventory_items", id=number, product_id=number, warehouse_id=1, quantity=5)
    insert(session, "suppliers", id=1, name="TZT")
    insert(session, "supplier_products", id=1, supplier_id=1, local_product_id=1, manual_confirmed=True)
    insert(session, "product_supplier_sheets", id=1, sku="A", supplier_name="TZT", price_cny=8)
    insert(session, "product_supplier_sheets", id=2, sku="A", supplier_name="WANKE", price_cny=9)
    insert(session, "purchase_orders", id=1, status="sent")
    insert(session, "purchase_order_items", id=1, purchase_order_id=1, product_id=1, warehouse_id=1, quantity=7)
    insert(session, "purchase_order_items", id=2, purchase_order_id=1, product_id=1, warehouse_id=1, quantity=9)
    insert(session, "exchange_rates", currency="CNY", rate_date="2026-01-31", ron="0.6")


@both_servers
def test_a_value_that_cannot_be_is_refused_with_a_sentence(seller, subtests):
    """CHECK (price > 0) lets NaN in: one row of a price list was the cheapest of all, and infinity ended the report."""
    for table, column, value in REFUSED:
        with subtests.test(f"{table}.{column} {value}"):
            with pytest.raises(errors.CheckViolation) as refused:
                seller.execute(f"UPDATE {table} SET {column} = %s", [str(value)])
            diag = refused.value.diag
            assert diag.message_primary is not None
            assert diag.message_primary.startswith(f"{column} of {table} cannot be ")
            assert ": use a" in diag.message_primary
            assert (diag.table_name, diag.column_name) == (table, column)


def test_a_new_row_is_refused_too_and_copy_is_no_way_around(seller):
    with pytest.raises(errors.CheckViolation, match="price_cny of product_supplier_sheets cannot be NaN: use a number"):
        insert(seller, "product_supplier_sheets", sku="B", supplier_name="X", price_cny="NaN")
    with (
        pytest.raises(errors.CheckViolation, match=r"price_cny .* NaN"),
        seller.cursor().copy("COPY product_supplier_sheets (sku, supplier_name, price_cny) FROM STDIN") as copy,
    ):
        copy.write_row(("B", "X", "NaN"))


ALLOWED = [
    "inventory_items SET manual_maximum_stock = 1000000000, manual_valid_until = '9999-12-31'",
    "inventory_items SET manual_maximum_stock = NULL, manual_valid_until = NULL, quantity = 1000000000000000",
    "product_supplier_sheets SET price_cny = NULL WHERE id = 1",
    "product_supplier_sheets SET price_cny = 0.0001",
    "purchase_orders SET ordered_at = NULL, expected_on = '2027-01-01'",
    "purchase_order_items SET received_quantity = NULL, unit_price = 0",
    "exchange_rates SET units = 100, ron = 1.23",
]


@both_servers
def test_what_can_be_is_stored(seller, subtests):
    for change in ALLOWED:
        with subtests.test(change):
            seller.execute(f"UPDATE {change}")


def test_levels_that_are_valid_until_infinity_have_no_last_day(seller, database):
    """For ever is a wish that can be: no program has to read infinity for it."""
    seller.execute("UPDATE inventory_items SET manual_reorder_quantity = 7, manual_valid_until = 'infinity'")
    assert seller.execute("SELECT DISTINCT manual_valid_until FROM inventory_items").fetchall() == [(None,)]
    build_plan(database)
    assert {row["reorder_quantity"] for row in read_rows(database, "low_stock_report")} == {7}


# Rows that were there before it was refused, or that came past the door


BAD_ROWS = [
    ("inventory_items", "manual_reserved = 9223372036854775807 WHERE id = 1"),
    ("inventory_items", "manual_minimum_stock = 9223372036854775807 WHERE id = 1"),
    ("inventory_items", "manual_reorder_point = 9223372036854775807 WHERE id = 1"),
    ("inventory_items", "manual_maximum_stock = 9223372036854775807 WHERE id = 1"),
    ("inventory_items", "manual_reorder_quantity = 9223372036854775807 WHERE id = 1"),
    ("inventory_items", "quantity = 9223372036854775807 WHERE id = 2"),
    ("inventory_items", "quantity = 0, reserved_quantity = 9223372036854775807 WHERE id = 2"),
    ("inventory_items", "manual_valid_until = 'infinity' WHERE id = 1"),
    ("inventory_items", "manual_valid_until = '-infinity' WHERE id = 1"),
    ("inventory_items", "created_at = 'infinity', updated_at = '20000-01-01' WHERE id = 1"),
    ("products", "created_at = 'infinity' WHERE id = 1"),
    ("warehouses", "created_at = '-infinity'"),
    ("suppliers", "created_at = '-infinity'"),
    ("supplier_products", "confirmed_at = 'infinity', created_at = '20000-01-01'"),
    ("product_supplier_sheets", "price_cny = 'NaN', updated_at = 'infinity' WHERE id = 1"),
    ("purchase_orders", "ordered_at = 'infinity', expected_on = '-infinity', created_at = '20000-01-01'"),
    ("purchase_order_items", "quantity = 9223372036854775807"),
    ("purchase_order_items", "received_quantity = 9223372036854775807, unit_price = 'NaN' WHERE id = 1"),
    ("exchange_rates", "ron = 'NaN', units = 2147483647, rate_date = 'infinity'"),
    ("emag_sync_logs", "started_at = '-infinity', completed_at = 'infinity'"),
    ("emag_sync_logs", "started_at = '20000-01-01', completed_at = '20000-01-02'"),
]
VERBS = ("report", "digest", "status", "history", "conflicts", "verify --all", "verify A", "confirm A TZT")
FILES = ("report --format csv", "report --format json", "report --format xlsx")


def bypass(session: psycopg.Connection, table: str, change: str) -> bool:
    """Write past the triggers, as rows that are older than they are; whether the server can hold it at all."""
    session.execute("SET session_replication_role = replica")
    try:
        session.execute(f"UPDATE {table} SET {change}")
    except psycopg.DataError:  # PostgreSQL 15 has no difference of infinite times: such a log cannot be there
        return False
    finally:
        session.execute("RESET session_replication_role")
    return True


def work(database: Database, subtests: pytest.Subtests, verbs: Iterable[str] = VERBS) -> None:
    """Everything that reads or writes beside such a row."""
    refresh_inventory(database, "main")
    verify(database)
    build_plan(database)
    for verb in verbs:
        with subtests.test(verb):
            result = CliRunner().invoke(app, verb.split())
            assert (result.exit_code, result.exception) == (0, None), result.output


def unsound(session: psycopg.Connection) -> list[tuple[str, str, str]]:
    """What the check names: table, row, column."""
    found = session.execute(check("every_value_is_sound"), {"accounts": ["main"], "interval": 30}).fetchall()
    return [(table, row_id, column) for table, row_id, column, _ in found]


@pytest.mark.slow
@both_servers
@pytest.mark.parametrize(("table", "change"), BAD_ROWS)
def test_a_bad_row_that_was_there_stops_nobody_and_is_named(seller, database, subtests, table, change):
    """One row of an ERP ended the report, and the sync, of everybody."""
    if not bypass(seller, table, change):
        return
    assert table in {found for found, _, _ in unsound(seller)}
    seller.execute("UPDATE emag_product_offers_v2 SET stock = 3, reserved_stock = 8")
    seller.execute("UPDATE emag_products_v2 SET stock_quantity = 3")
    work(database, subtests)
    # The stock of the item that carries the bad value was refreshed like that of the other.
    assert seller.execute("SELECT DISTINCT quantity FROM inventory_items").fetchall() == [(3,)]
    rows = {row["sku"]: row for row in read_rows(database, "low_stock_report")}
    assert set(rows) == {"A", "B"}
    assert {row["status"] for row in rows.values()} == {"out_of_stock"}


@pytest.mark.slow
def test_all_bad_rows_at_once_come_through_the_upgrade(empty_database, monkeypatch, tmp_path, subtests):
    """An upgrade of a database with such rows must not fail, or nothing works any more."""
    folder = tmp_path / "sql"
    (folder / "views").mkdir(parents=True)
    (folder / "migrations").mkdir()
    for file in (SQL_FOLDER / "migrations").glob("*.sql"):
        if file.name < "0011":
            (folder / "migrations" / file.name).write_text(file.read_text())
    with monkeypatch.context() as older:
        older.setattr(migration, "SQL_FOLDER", folder)
        migrate(empty_database)
    with psycopg.connect(empty_database, autocommit=True) as session:
        session.execute("SET search_path TO app, public")
        _fill(session)
        for table, change in BAD_ROWS:
            session.execute(f"UPDATE {table} SET {change}")
        monkeypatch.setenv("MAGFLOW_DATABASE_URL", empty_database)
        load_settings.cache_clear()
        database = open_database(load_settings(), Use.MIGRATE)
        work(database, subtests, (*VERBS, *FILES))
        assert {table for table, _, _ in unsound(session)} == {table for table, _ in BAD_ROWS}
        assert "manual_valid_until" not in {column for _, row_id, column in unsound(session) if row_id == "2"}


def test_what_is_left_out_is_told_on_the_row_and_the_rest_counts(seller, database):
    """The advice is that without the value, and says so."""
    bypass(seller, "inventory_items", "manual_maximum_stock = 9223372036854775807 WHERE id = 1")
    bypass(seller, "purchase_order_items", "quantity = 9223372036854775807 WHERE id = 1")
    bypass(seller, "product_supplier_sheets", "price_cny = 'NaN' WHERE supplier_name = 'TZT'")
    build_plan(database)
    rows = {row["sku"]: row for row in read_rows(database, "low_stock_report")}
    told = rows["A"]
    assert (told["maximum_stock"], told["on_order_quantity"], told["reorder_quantity"]) == (100, 9, None)
    for value in ("manual_maximum_stock", "purchase_order_items.quantity"):
        left_out = f"{value} 9223372036854775807"
        assert f"{left_out} cannot be and is left out." in told["levels_note"]
        assert f"{left_out} cannot be and is left out." in told["reason"]
        assert f"{left_out} nu este posibil și este ignorat." in told["reason_ro"]
    assert (told["supplier_name"], told["supplier_count"]) == ("WANKE", 1)
    assert "TZT: price_cny NaN cannot be and is left out." in told["reason"]
    assert rows["B"]["levels_note"] is None


def test_a_program_that_writes_back_a_whole_row_may_keep_what_was_there(seller):
    """An ERP that saves every column of a row could not switch a bad row off."""
    bypass(seller, "product_supplier_sheets", "price_cny = 'NaN' WHERE id = 1")
    seller.execute("UPDATE product_supplier_sheets SET price_cny = price_cny, is_active = FALSE WHERE id = 1")
    with pytest.raises(errors.CheckViolation):
        seller.execute("UPDATE product_supplier_sheets SET price_cny = 'NaN' WHERE id = 2")


def test_sums_of_the_largest_numbers_that_are_allowed_fit(seller, database):
    """Each was within its bound, and their sum ended the report."""
    most = 10**9
    seller.execute(
        "INSERT INTO purchase_order_items (purchase_order_id, product_id, warehouse_id, quantity)"
        " SELECT 1, 1, 1, 1000000000 FROM generate_series(1, 1000)"
    )
    seller.execute(
        "UPDATE inventory_items SET quantity = 0, reserved_quantity = 10^15, manual_reserved = %(most)s,"
        " manual_maximum_stock = %(most)s, manual_minimum_stock = %(most)s, manual_reorder_point = %(most)s",
        {"most": most},
    )
    build_plan(database)
    rows = {row["sku"]: row for row in read_rows(database, "low_stock_report")}
    assert rows["A"]["on_order_quantity"] == 1000 * most + 16
    assert rows["B"]["reorder_quantity"] == most + 1 + 10**15 + most
    assert read_rows(database, "low_stock_by_account")[0]["reorder_quantity"] > 10**15


def test_the_door_and_the_check_know_the_same_columns(seller):
    """A column that is refused but not listed would hide the rows that were there."""
    doors = seller.execute(
        "SELECT tgrelid::regclass::text, substr(tgname, 7) FROM pg_trigger WHERE tgname LIKE 'sound\\_%'"
    ).fetchall()
    text = " ".join(check("every_value_is_sound").split())
    assert len(doors) > 25
    for table, column in doors:
        branch = text.partition(f"FROM app.{table} AS")[2].partition("UNION ALL")[0]
        assert f"'{column}', it.{column}::text," in branch, (table, column)


NAMES = [
    "x" * 1_000_000,
    "\u202eevil\u200b\x1b[2J",
    '=HYPERLINK("http://evil")',
    "![x](http://evil)|\n| --- |",
    "a\x01\x0b\ud7ff\U0001f600" * 1000,
    "[red]x[/nothing]",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_texts_of_any_length_and_content_stop_nobody(seller, database, subtests, name):
    seller.execute("UPDATE products SET name = %s, brand = %s WHERE id = 1", [name, name])
    seller.execute("UPDATE inventory_items SET manual_reason = %s, manual_set_by = %s", [name, name])
    seller.execute("UPDATE product_supplier_sheets SET supplier_url = %s WHERE id = 1", [name])
    if len(name) < 10_000:
        seller.execute("UPDATE product_supplier_sheets SET supplier_name = %s WHERE id = 2", [name])
    work(database, subtests)
    rows = {row["sku"]: row for row in read_rows(database, "low_stock_report")}
    assert [rows["A"]["name"]] == [*seller.execute("SELECT app.spaced(%s)", [name]).fetchone()]


def test_frames_of_an_analyst_hold_the_views_of_a_database_with_bad_rows(seller, database):
    """pandas over SQLAlchemy of their own, without our way of reading times."""
    for table, change in BAD_ROWS:
        bypass(seller, table, change)
    build_plan(database)
    url = database.url.replace("postgresql:", "postgresql+psycopg2:")
    engine = sqlalchemy.create_engine(url)
    views = [name for (name,) in seller.execute("SELECT viewname FROM pg_views WHERE schemaname = 'app'").fetchall()]
    assert "low_stock" in views
    for name in (*views, "low_stock_report"):
        with engine.connect() as connection:
            frame = pd.read_sql(sqlalchemy.text(f"SELECT * FROM app.{name}"), connection)
        frame.to_csv(io.StringIO())
    engine.dispose()


def test_a_time_that_python_cannot_hold_is_read_as_none(seller, database):
    query = "SELECT 'infinity'::timestamptz, '-infinity'::date, '20000-01-01'::timestamp, '9999-12-31'::date"
    with database.connect() as session:
        assert session.execute(query).fetchone()[:3] == (None, None, None)
        assert str(session.execute(query).fetchone()[3]) == "9999-12-31"
    with database.engine().connect() as connection:
        assert tuple(connection.execute(sqlalchemy.text(query)).one())[:3] == (None, None, None)
